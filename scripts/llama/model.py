"""Writes a tiny llama model with random weights: `model.py FILE`.

It answers with random words of random letters, but it is a real model to
llama.cpp: tokens are counted, prompts are cached, chunks are streamed. The
seed is fixed, so the same versions write the same bytes.
"""

import sys

import gguf
import numpy as np

NAME = "tiny-random-llama"
SEED = 20261121

CONTEXT_LENGTH = 2048
LAYERS = 2
HEADS = 4
WIDTH = 64
FEED_FORWARD = 2 * WIDTH

# Pairs that become one token, so that tokens are not simply bytes.
MERGES = [("t", "h"), ("i", "n"), ("e", "r"), ("a", "n"), ("o", "n"), ("r", "e")]

START_OF_TEXT = "<|endoftext|>"
START_OF_MESSAGE = "<|im_start|>"
END_OF_MESSAGE = "<|im_end|>"
CONTROL = [START_OF_TEXT, START_OF_MESSAGE, END_OF_MESSAGE]

# ChatML; tools are told in the prompt and called in `<tool_call>` tags.
CHAT_TEMPLATE = r"""
{%- if tools -%}
<|im_start|>system
# Tools
<tools>
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}
</tools>
Call a function with a JSON object in tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call><|im_end|>
{% endif -%}
{%- for message in messages -%}
<|im_start|>{{ message.role }}
{{ message.content if message.content else '' }}
{%- for call in message.tool_calls or [] %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>
{%- endfor -%}
<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}
<|im_start|>assistant
{% endif -%}
"""


def main(path: str) -> None:
    tokens = byte_tokens() + [first + second for first, second in MERGES] + CONTROL
    writer = gguf.GGUFWriter(path, "llama")
    write_shape(writer, len(tokens))
    write_tokenizer(writer, tokens)
    write_weights(writer, tokens)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def byte_tokens() -> list[str]:
    """The 256 bytes as GPT-2 spells them: printable ones as they are, the
    others by the characters from U+0100 on."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return [chr(byte if byte in printable else next(others)) for byte in range(256)]


def write_shape(writer: gguf.GGUFWriter, vocabulary: int) -> None:
    writer.add_name(NAME)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_vocab_size(vocabulary)
    writer.add_context_length(CONTEXT_LENGTH)
    writer.add_block_count(LAYERS)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)


def write_tokenizer(writer: gguf.GGUFWriter, tokens: list[str]) -> None:
    kinds = [
        gguf.TokenType.CONTROL if token in CONTROL else gguf.TokenType.NORMAL
        for token in tokens
    ]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(pair) for pair in MERGES])
    writer.add_bos_token_id(tokens.index(START_OF_TEXT))
    writer.add_eos_token_id(tokens.index(END_OF_MESSAGE))
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def write_weights(writer: gguf.GGUFWriter, tokens: list[str]) -> None:
    random = np.random.default_rng(SEED)

    def noise(rows: int, columns: int, scale: float) -> np.ndarray:
        return (random.standard_normal((rows, columns)) * scale).astype(np.float32)

    def ones() -> np.ndarray:
        return np.ones(WIDTH, np.float32)

    writer.add_tensor("token_embd.weight", noise(len(tokens), WIDTH, 1.0))
    writer.add_tensor("output_norm.weight", ones())
    writer.add_tensor(
        "output.weight", only_letters(tokens, noise(len(tokens), WIDTH, 1.0))
    )

    matrices = {
        "attn_q": (WIDTH, WIDTH),
        "attn_k": (WIDTH, WIDTH),
        "attn_v": (WIDTH, WIDTH),
        "attn_output": (WIDTH, WIDTH),
        "ffn_gate": (FEED_FORWARD, WIDTH),
        "ffn_up": (FEED_FORWARD, WIDTH),
        "ffn_down": (WIDTH, FEED_FORWARD),
    }
    for layer in range(LAYERS):
        writer.add_tensor(f"blk.{layer}.attn_norm.weight", ones())
        writer.add_tensor(f"blk.{layer}.ffn_norm.weight", ones())
        for name, (rows, columns) in matrices.items():
            writer.add_tensor(f"blk.{layer}.{name}.weight", noise(rows, columns, 0.3))


def only_letters(tokens: list[str], weights: np.ndarray) -> np.ndarray:
    """Keeps the answer readable: other tokens get the logit 0, which the
    best letter as good as always beats."""
    space = byte_tokens()[ord(" ")]
    for row, token in enumerate(tokens):
        letters = token.isascii() and token.isalpha() and token.islower()
        if not (letters or token == space):
            weights[row] = 0
    return weights


if __name__ == "__main__":
    main(sys.argv[1])
