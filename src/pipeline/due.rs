//! Which seats a span is due at.

/// A set of seats, by their numbers. It is made on the caller's task, for every
/// span: only beyond 64 seats it needs memory of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Due {
    first: u64,
    more: Vec<usize>,
}

impl Due {
    pub(super) fn contains(&self, seat: usize) -> bool {
        match bit(seat) {
            Some(bit) => self.first & bit != 0,
            None => self.more.contains(&seat),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first == 0 && self.more.is_empty()
    }
}

impl FromIterator<usize> for Due {
    fn from_iter<I: IntoIterator<Item = usize>>(seats: I) -> Self {
        let mut due = Self::default();
        for seat in seats {
            match bit(seat) {
                Some(bit) => due.first |= bit,
                None => due.more.push(seat),
            }
        }
        due
    }
}

fn bit(seat: usize) -> Option<u64> {
    1_u64.checked_shl(u32::try_from(seat).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_told_apart_however_many_there_are() {
        let due: Due = [0, 63, 64, 200].into_iter().collect();
        let found: Vec<usize> = (0..300).filter(|seat| due.contains(*seat)).collect();
        assert_eq!(found, [0, 63, 64, 200]);
        assert!(!due.is_empty() && Due::default().is_empty());
    }
}
