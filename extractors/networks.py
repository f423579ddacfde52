"""Sessions of onnxruntime for the small networks that come with Greffier.

One thread each: the work is made parallel by processes, and a session without threads of its own
survives the fork of ``zygote``.
"""

from __future__ import annotations

from pathlib import Path

import onnxruntime


def session(model: Path) -> onnxruntime.InferenceSession:
    """The network at ``model``, ready to be asked.

    Numbers too small for a normal float (denormals) are taken for zero, which spares a processor
    hundreds of cycles each: rapidocr's detector takes a third of the time. onnxruntime asks the
    process's first session for it and no other: one of ours has to come before any of rapidocr's.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
