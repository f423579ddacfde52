"""The network: six small convolutions and two dense layers; training, calibration and export."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import onnx
import optax
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from extractors.hand_cells import SIDE
from extractors.hand_train.paper import CLASSES, EMPTY

Params = dict[str, Any]
log = logging.getLogger(__name__)
_LAYOUT = ("NHWC", "HWIO", "NHWC")


def start(key: Any, channels: list[int], hidden: int) -> Params:
    """Fresh weights: a pair of convolutions per entry of ``channels``, the second halving."""
    params: Params = {}
    before = 1
    for level, width in enumerate(channels):
        for part in "ab":
            key, sub = jax.random.split(key)
            fan = 9 * before
            kernel = jax.random.normal(sub, (3, 3, before, width)) * jnp.sqrt(2 / fan)
            params[f"conv{level}{part}"] = {"w": kernel, "b": jnp.zeros(width)}
            before = width
    side = SIDE // 2 ** len(channels)
    for name, rows, columns in (
        ("hidden", side * side * before, hidden),
        ("out", hidden, len(CLASSES)),
    ):
        key, sub = jax.random.split(key)
        scale = jnp.sqrt(2 / rows) if name == "hidden" else jnp.sqrt(1 / rows)
        params[name] = {
            "w": jax.random.normal(sub, (rows, columns)) * scale,
            "b": jnp.zeros(columns),
        }
    return params


def logits(params: Params, images: Any, drop: Any = None) -> Any:
    """(N, SIDE, SIDE) in 0–1 → (N, classes); ``drop`` is a key for dropout while training."""
    x = images[..., None]
    for name in sorted(n for n in params if n.startswith("conv")):
        stride = 2 if name.endswith("b") else 1
        x = jax.lax.conv_general_dilated(
            x,
            params[name]["w"],
            (stride, stride),
            "SAME" if stride == 1 else ((1, 1), (1, 1)),
            dimension_numbers=_LAYOUT,
        )
        x = jax.nn.relu(x + params[name]["b"])
    x = x.reshape(x.shape[0], -1)
    if drop is not None:
        keys = jax.random.split(drop)
        x = jnp.where(jax.random.bernoulli(keys[0], 0.9, x.shape), x / 0.9, 0)
    x = jax.nn.relu(x @ params["hidden"]["w"] + params["hidden"]["b"])
    if drop is not None:
        x = jnp.where(jax.random.bernoulli(keys[1], 0.8, x.shape), x / 0.8, 0)
    return x @ params["out"]["w"] + params["out"]["b"]


def _kin() -> NDArray[np.float32]:
    """For each class, which classes are of its kind; signs, empty and garbage are kin to all."""
    kind = np.array([0] * 10 + [1] * 26 + [2] * (len(CLASSES) - 36))
    kin = (kind[:, None] == kind[None, :]) | (kind[:, None] == 2) | (kind[None, :] == 2)
    return np.asarray(kin, np.float32)


def train(
    images: NDArray[np.uint8], classes: NDArray[np.int32], config: dict[str, Any], seed: int
) -> Params:
    """Weights averaged over the last steps, after ``config["training"]["epochs"]`` epochs."""
    settings, net = config["training"], config["network"]
    key = jax.random.PRNGKey(seed)
    params = start(key, net["channels"], net["hidden"])
    batch = settings["batch"]
    steps = len(images) // batch
    total = steps * settings["epochs"]
    rate = optax.warmup_cosine_decay_schedule(0, settings["rate"], min(300, total // 10), total)
    optimiser = optax.chain(
        optax.clip_by_global_norm(2.0), optax.adamw(rate, weight_decay=settings["decay"])
    )
    state = optimiser.init(params)
    kin, share = jnp.asarray(_kin()), settings["within_kind"]

    def loss(p: Params, x: Any, y: Any, drop: Any) -> Any:
        z = logits(p, x, drop)
        near = jnp.where(kin[y] > 0, z, -1e9)
        full = optax.softmax_cross_entropy_with_integer_labels(z, y)
        within = optax.softmax_cross_entropy_with_integer_labels(near, y)
        return jnp.mean((1 - share) * full + share * within)

    def step(p: Params, mean: Params, s: Any, x: Any, y: Any, drop: Any) -> Any:
        x = x.astype(jnp.float32) / 255
        value, grads = jax.value_and_grad(loss)(p, x, y, drop)
        updates, s = optimiser.update(grads, s, p)
        p = optax.apply_updates(p, updates)
        mean = jax.tree.map(lambda m, v: 0.998 * m + 0.002 * v, mean, p)
        return p, mean, s, value

    run = jax.jit(step)
    rng = np.random.default_rng(seed)
    mean = params
    for epoch in range(settings["epochs"]):
        order = rng.permutation(len(images))
        losses = []
        for at in range(steps):
            part = order[at * batch : (at + 1) * batch]
            key, drop = jax.random.split(key)
            params, mean, state, value = run(params, mean, state, images[part], classes[part], drop)
            losses.append(value)
        log.info("epoch %d: loss %.4f", epoch + 1, float(np.mean(jax.device_get(losses))))
    return mean


def scores(params: Params, images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Logits of many images, (N, classes)."""
    run = jax.jit(logits)
    parts = [
        np.asarray(run(params, images[at : at + 500].astype(np.float32) / 255))
        for at in range(0, len(images), 500)
    ]
    return np.concatenate(parts).astype(np.float64)


def temperature(z: NDArray[np.float64], classes: NDArray[np.int32]) -> float:
    """The temperature that makes held-out log-likelihood greatest (Guo et al., 2017)."""
    keep = classes != EMPTY  # empty cells are seldom in doubt and would hide the rest
    candidates = np.exp(np.linspace(np.log(0.5), np.log(4), 60))
    return float(min(candidates, key=lambda t: _loss(z[keep] / t, classes[keep])))


def _loss(z: NDArray[np.float64], classes: NDArray[np.int32]) -> float:
    top = z.max(axis=1, keepdims=True)
    log_sum = top[:, 0] + np.log(np.exp(z - top).sum(axis=1))
    return float(np.mean(log_sum - z[np.arange(len(z)), classes]))


def export(params: Params, heat: float, version: str, path: Path) -> None:
    """Write the network as ONNX: (N, 1, SIDE, SIDE) in 0–1 → calibrated probabilities."""
    nodes, weights = [], []

    def constant(name: str, value: Any) -> str:
        weights.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
        return name

    x = "glyphs"
    for name in sorted(n for n in params if n.startswith("conv")):
        kernel = np.transpose(np.asarray(params[name]["w"]), (3, 2, 0, 1))
        stride = 2 if name.endswith("b") else 1
        inputs = [x, constant(f"{name}.w", kernel), constant(f"{name}.b", params[name]["b"])]
        nodes.append(
            helper.make_node(
                "Conv", inputs, [f"{name}.z"], pads=[1, 1, 1, 1], strides=[stride, stride]
            )
        )
        nodes.append(helper.make_node("Relu", [f"{name}.z"], [name]))
        x = name
    # Trained with channels last, run with channels first.
    nodes.append(helper.make_node("Transpose", [x], ["last"], perm=[0, 2, 3, 1]))
    nodes.append(helper.make_node("Flatten", ["last"], ["flat"], axis=1))
    hidden = [constant(f"hidden.{part}", params["hidden"][part]) for part in "wb"]
    nodes.append(helper.make_node("Gemm", ["flat", *hidden], ["hidden.z"]))
    nodes.append(helper.make_node("Relu", ["hidden.z"], ["hidden"]))
    out = [constant(f"out.{part}", np.asarray(params["out"][part]) / heat) for part in "wb"]
    nodes.append(helper.make_node("Gemm", ["hidden", *out], ["logits"]))
    nodes.append(helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1))
    graph = helper.make_graph(
        nodes,
        "hand",
        [helper.make_tensor_value_info("glyphs", TensorProto.FLOAT, ["n", 1, SIDE, SIDE])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", len(CLASSES)])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"classes": " ".join(CLASSES), "version": version})
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
