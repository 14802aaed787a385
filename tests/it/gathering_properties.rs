//! Whatever the order in which tool loops run beside one another, in one process
//! or several: nobody's turn has anything of another's.

use super::gathering::{Loop, RESTARTED, gathering};
use super::support::folder::Folder;
use super::support::harness::{PATIENCE, tes_at};
use super::support::seams::Format;
use super::support::tes_receiver::TesReceiver;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use turnspan::{Conversation, SpoolSettings, Telemetry, UserIds};

/// What tells people apart, beside what they say.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Known {
    Nothing,
    Name,
    /// A name that all have.
    SharedName,
    User,
    UserOfSharedName,
}

/// One who asks, and how the loop goes.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a way of its own")]
struct Plan {
    format: Format,
    known: Known,
    /// Says the same as all others, where something else tells them apart.
    says_the_same: bool,
    /// Rounds that ask for tools; one more ends the loop.
    rounds: usize,
    /// Ids that count the rounds, or that are always the same.
    counts: bool,
    has_arguments: bool,
    /// The process of each round is another one.
    hops: bool,
    process: usize,
}

fn plans() -> impl Strategy<Value = Plan> {
    let known = prop_oneof![
        Just(Known::Nothing),
        Just(Known::Name),
        Just(Known::SharedName),
        Just(Known::User),
        Just(Known::UserOfSharedName),
    ];
    let format = prop_oneof![Just(Format::OpenAi), Just(Format::Anthropic)];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let way = (prop::bool::weighted(0.2), 0..2_usize);
    (format, known, 1..4_usize, flags, way).prop_map(|(format, known, rounds, flags, way)| Plan {
        format,
        known,
        says_the_same: flags.0 && ![Known::Nothing, Known::SharedName].contains(&known),
        rounds,
        counts: flags.1,
        has_arguments: flags.2,
        hops: way.0,
        process: way.1,
    })
}

/// Somebody whose loop is under way.
struct Person {
    name: String,
    plan: Plan,
    calls: Loop,
    made: usize,
    /// Where the rounds were made.
    processes: Vec<usize>,
}

impl Person {
    fn new(number: usize, plan: &Plan) -> Self {
        let name = format!("person-{number}.");
        let question = if plan.says_the_same {
            "What is new?".to_owned()
        } else {
            format!("What is new for {name}?")
        };
        let tokens = 100_u64.pow(u32::try_from(number).unwrap());
        Self {
            name,
            plan: plan.clone(),
            calls: Loop::of(plan.format, &question).costs(tokens),
            made: 0,
            processes: Vec::new(),
        }
    }

    fn is_done(&self) -> bool {
        self.made > self.plan.rounds
    }

    fn conversation(&self) -> Conversation {
        match self.plan.known {
            Known::Nothing => Conversation::anonymous(),
            Known::Name => Conversation::new(&self.name),
            Known::SharedName => Conversation::new("support"),
            Known::User => Conversation::anonymous().user(&self.name),
            Known::UserOfSharedName => Conversation::new("support").user(&self.name),
        }
    }

    fn id(&self, round: usize) -> String {
        if self.plan.counts {
            format!("call_{round}")
        } else {
            RESTARTED.to_owned()
        }
    }

    /// The next round.
    fn call(&mut self, process: usize, telemetry: &Telemetry) {
        let _entered = self.conversation().enter();
        self.processes.push(process);
        if let Some(last) = self.made.checked_sub(1) {
            let id = self.id(last);
            let found = format!("{last} of {}", self.name);
            self.calls.found(&id, &found);
        }
        let (id, name) = (self.id(self.made), &self.name);
        if self.made == self.plan.rounds {
            self.calls.ends(telemetry, &format!("The news of {name}"));
        } else if self.plan.has_arguments {
            self.calls.asks(telemetry, &id, &json!({"of": name}));
        } else {
            self.calls.asks(telemetry, &id, &json!({}));
        }
        self.made += 1;
    }
}

/// The turns that came, without those that came twice.
#[derive(Default)]
struct Turns(BTreeMap<String, Value>);

impl Turns {
    fn take(&mut self, receiver: &TesReceiver) {
        for event in receiver.take_accepted() {
            let turn = event["data"]["attributes"].clone();
            let id = turn["event_id"].as_str().unwrap().to_owned();
            self.0.insert(id, turn);
        }
    }

    /// Every turn is of one person, by what was said and by what it cost.
    fn of(&self, people: &[Person]) -> Vec<Vec<&Value>> {
        let mut turns = vec![Vec::new(); people.len()];
        for turn in self.0.values() {
            let text = turn.to_string();
            let named = |at: &usize| text.contains(&people[*at].name);
            let whose: Vec<usize> = (0..people.len()).filter(named).collect();
            assert!(whose.len() <= 1, "{turn:#}");
            let rounds = turn["usage"]["ai_rounds"].as_u64().unwrap();
            let tokens = turn["usage"]["prompt_tokens"].as_u64().unwrap();
            let payer = (0..people.len()).find(|at| {
                let each = 100_u64.pow(u32::try_from(*at).unwrap());
                tokens == each * rounds
            });
            let payer = payer.unwrap_or_else(|| panic!("of several: {turn:#}"));
            assert!(whose.iter().all(|whose| *whose == payer), "{turn:#}");
            turns[payer].push(turn);
        }
        turns
    }
}

/// Tool loops in two processes that share a file; before these, perhaps, in one
/// that crashed.
fn run(folder: &str, plans: &[Plan], order: &[usize], crash: usize, content: bool) {
    let receiver = TesReceiver::start();
    let started = |folder: &Folder| {
        let tes = tes_at(&receiver.url(), "tes_key").user_ids(UserIds::plain());
        let spool = SpoolSettings::durable().path(folder.spool());
        gathering(tes.capture_content(content).spool(spool))
    };
    let mut people: Vec<Person> = plans
        .iter()
        .enumerate()
        .map(|(number, plan)| Person::new(number, plan))
        .collect();
    let mut turns = Turns::default();
    let (before, after) = order.split_at(crash.min(order.len()));
    let first_folder = Folder::of(&format!("{folder}_first"));
    let first = started(&first_folder);
    for at in before {
        let person = &mut people[at % plans.len()];
        if !person.is_done() {
            person.call(0, &first);
        }
    }
    first.flush(PATIENCE).unwrap();
    turns.take(&receiver);
    first_folder.copy_to(&format!("{folder}_then"));
    drop(first);
    // What the end of that one says is no part of the story.
    receiver.take_accepted();

    let then = Folder::named(&format!("{folder}_then"));
    // The first that comes goes on with what was left.
    let processes = [started(&then), started(&then)];
    let rest = (0..plans.len()).flat_map(|at| vec![at; plans[at].rounds + 1]);
    for at in after.iter().copied().chain(rest) {
        let person = &mut people[at % plans.len()];
        if person.is_done() {
            continue;
        }
        let hop = usize::from(person.plan.hops) * person.made;
        let process = (person.plan.process + hop) % 2;
        person.call(process, &processes[process]);
    }
    for process in processes {
        process.shutdown(PATIENCE).unwrap();
        let books = process.stats().destinations["tes"].clone();
        assert!(books.balances() && books.dropped_total() == 0, "{books}");
    }
    turns.take(&receiver);
    for (person, turns) in people.iter().zip(turns.of(&people)) {
        let rounds = turns
            .iter()
            .map(|turn| turn["usage"]["ai_rounds"].as_u64().unwrap());
        assert_eq!(rounds.sum::<u64>(), person.plan.rounds as u64 + 1);
        let is_in_one = person
            .processes
            .iter()
            .all(|process| *process == person.processes[0]);
        if is_in_one {
            assert_eq!(turns.len(), 1, "{}: {turns:#?}", person.name);
            assert!(turns[0].get("closed_by").is_none());
        }
    }
}

/// Promise, leaves: No turn has anything of another, whoever runs beside whom, also where
/// ids of tool calls repeat.
#[test]
fn whoever_runs_beside_whom_no_turn_has_anything_of_another() {
    for content in [true, false] {
        let folder = format!("gathering_properties_{content}");
        let strategy = (vec(plans(), 2..5), vec(0..4_usize, 0..16), 0..16_usize);
        let config = Config {
            cases: 8,
            failure_persistence: None,
            ..Config::default()
        };
        let test = |(plans, order, crash): (Vec<Plan>, Vec<usize>, usize)| {
            run(&folder, &plans, &order, crash, content);
            Ok(())
        };
        TestRunner::new(config).run(&strategy, test).unwrap();
    }
}
