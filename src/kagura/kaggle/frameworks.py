"""How the API spells the frameworks of models."""

from __future__ import annotations

from kagura.errors import UsageError

__all__ = ["framework_in_handle", "framework_name"]

PREFIX = "MODEL_FRAMEWORK_"

# kagglesdk's ModelFramework; users write them in PascalCase, camelCase or as one word.
NAMES = (
    "API",
    "CORAL",
    "FLAX",
    "GEMMA_CPP",
    "GGML",
    "GGUF",
    "JAX",
    "KERAS",
    "MAX_TEXT",
    "MXNET",
    "ONNX",
    "OTHER",
    "PAX",
    "PY_TORCH",
    "SCIKIT_LEARN",
    "TENSOR_FLOW_1",
    "TENSOR_FLOW_2",
    "TENSOR_RT_LLM",
    "TF_JS",
    "TF_LITE",
    "TRANSFORMERS",
    "TRITON",
    "VLLM",
)


def framework_name(spelling: str) -> str:
    """``PyTorch``, ``pyTorch`` or ``pytorch`` as ``MODEL_FRAMEWORK_PY_TORCH``; else UsageError."""
    plain = "".join(letter for letter in spelling.lower() if letter.isalnum())
    for name in NAMES:
        if name.replace("_", "").lower() == plain:
            return f"{PREFIX}{name}"
    raise UsageError(
        f"{spelling!r} is no framework that Kaggle's models have",
        hint="it is the third part of a model's handle, as in google/gemma/pyTorch/2b",
    )


def framework_in_handle(spelling: str) -> str:
    """The same as the site has it in a model's handle: ``pyTorch``.  UsageError."""
    first, *others = framework_name(spelling).removeprefix(PREFIX).split("_")
    return "".join([first.lower(), *(word.capitalize() for word in others)])
