"""The network: convolutions that halve the strip four times, then some along it; its training,
calibration and export. TensorFlow: on two processors its convolutions are trained 2.5 times faster
than JAX's.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import tensorflow as tf
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from extractors.edits import distance
from extractors.line_train.texts import CHARACTERS
from extractors.lines import HEIGHT, Seen

log = logging.getLogger(__name__)
keras = tf.keras
#: Strips are padded to a multiple of this many pixels, those of a batch are about as wide.
_GRAIN, _SHRINK = 32, 4
_INDEX = {sign: at for at, sign in enumerate(CHARACTERS, 1)}


def build(settings: dict[str, Any]) -> Any:
    """(N, HEIGHT, W, 1) in 0–1 → (N, W / 4, 1 + characters) logits; the first class is *none*."""
    layers = keras.layers

    def part(x: Any, width: int, kernel: Any, stride: int = 1, padding: str = "same") -> Any:
        x = layers.Conv2D(width, kernel, strides=stride, padding=padding, use_bias=False)(x)
        return layers.ReLU()(layers.BatchNormalization(momentum=0.98)(x))

    first, second, third, fourth = settings["middle"]
    strips = x = keras.Input((HEIGHT, None, 1))
    x = part(x, settings["stem"], 5, stride=2)
    x = part(x, first, 3)
    x = layers.MaxPool2D((2, 1))(x)
    x = part(x, second, 3)
    x = part(x, third, 3, stride=2)
    x = part(x, fourth, 3)
    x = part(x, settings["steps"], (HEIGHT // 8, 1), padding="valid")
    for _ in range(settings["contexts"]):
        x = x + part(x, settings["steps"], (1, 5))
    x = layers.Dropout(0.1)(x)
    x = layers.Conv2D(1 + len(CHARACTERS), 1)(x)
    return keras.Model(strips, layers.Reshape((-1, 1 + len(CHARACTERS)))(x))


def train(train: Any, held: Any, config: dict[str, Any]) -> Any:
    """The model after ``config["training"]["epochs"]`` epochs, its weights averaged."""
    settings = config["training"]
    keras.utils.set_random_seed(config["seed"])
    model = build(config["network"])
    images = train.separate()
    # What is long says nothing that what is short does not, and takes its time.
    batches = [
        chosen[train.widths[chosen] <= settings["widest"]]
        for chosen in _batches(train.widths, settings["batch"])
    ]
    batches = [chosen for chosen in batches if len(chosen)]
    total = len(batches) * settings["epochs"]
    warm = min(500, total // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, total - warm, warmup_target=settings["rate"], warmup_steps=warm, alpha=0.01
    )
    optimiser = keras.optimizers.AdamW(
        rate, weight_decay=1e-4, global_clipnorm=5.0, use_ema=True, ema_momentum=0.998
    )
    optimiser.build(model.trainable_variables)

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def step(x: Any, steps: Any, signs: Any, lengths: Any) -> Any:
        # The kernel written in C++ wants the labels sparse, and *none* last.
        written = tf.where(signs > 0)
        shape = tf.cast(tf.shape(signs), tf.int64)
        labels = tf.SparseTensor(written, tf.gather_nd(signs, written) - 1, shape)
        with tf.GradientTape() as tape:
            logits = tf.roll(model(tf.cast(x, tf.float32) / 255.0, training=True), -1, axis=2)
            # The narrowest of fonts has more letters than there are steps: nothing to learn there.
            each = tf.compat.v1.nn.ctc_loss(
                labels, logits, steps, time_major=False, ignore_longer_outputs_than_inputs=True
            )
            loss = tf.reduce_mean(each / tf.cast(tf.maximum(lengths, 1), tf.float32))
        weights = model.trainable_variables
        optimiser.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return loss

    rng = np.random.default_rng(config["seed"])
    for epoch in range(settings["epochs"]):
        losses: list[float] = []
        for number, at in enumerate(rng.permutation(len(batches))):
            losses.append(float(step(*_batch(images, train.texts, batches[at], rng))))
            if number % 200 == 199:
                log.info("epoch %d, %d: %.3f", epoch + 1, number + 1, np.mean(losses[-200:]))
        if epoch + 1 == settings["epochs"]:
            optimiser.finalize_variable_values(model.trainable_variables)
        log.info("epoch %d: loss %.3f; %s", epoch + 1, np.mean(losses), _told(model, held))
    return model


def _batches(widths: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    """Strips of about one width together, fewer of the wide ones."""
    order = np.argsort(widths, kind="stable")
    found, at = [], 0
    while at < len(order):
        count = max(4, min(2 * size, round(size * 440 / widths[order[at]])))
        found.append(order[at : at + count])
        at += count
    return found


def _batch(
    images: list[NDArray[np.uint8]],
    texts: list[str],
    chosen: NDArray[np.int64],
    rng: np.random.Generator | None,
) -> tuple[Any, ...]:
    """Pictures (N, HEIGHT, W, 1), their steps, labels and lengths; with ``rng`` moved a little."""
    widest = max(images[at].shape[1] for at in chosen)
    width = -(-(widest + 8) // _GRAIN) * _GRAIN
    x = np.zeros((len(chosen), HEIGHT, width, 1), np.uint8)
    longest = max(len(texts[at]) for at in chosen)
    labels = np.zeros((len(chosen), longest), np.int32)
    for row, at in enumerate(chosen):
        image = images[at]
        down, along = (int(rng.integers(-2, 3)), int(rng.integers(0, 8))) if rng else (0, 0)
        shown = np.roll(image, down, axis=0)
        if down:
            shown[: max(down, 0)] = 0
            shown[HEIGHT + min(down, 0) :] = 0
        x[row, :, along : along + image.shape[1], 0] = shown
        labels[row, : len(texts[at])] = [_INDEX[sign] for sign in texts[at]]
    steps = np.full(len(chosen), width // _SHRINK, np.int32)
    lengths = np.array([len(texts[at]) for at in chosen], np.int32)
    return tf.constant(x), tf.constant(steps), tf.constant(labels), tf.constant(lengths)


def seen(model: Any, strips: Any) -> Iterator[tuple[str, Seen]]:
    """Each text, and what the network saw of it."""
    images = strips.separate()
    for chosen in _batches(strips.widths, 32):
        x, *_ = _batch(images, strips.texts, chosen, None)
        logs = tf.nn.log_softmax(model(tf.cast(x, tf.float32) / 255.0, training=False)).numpy()
        for at, steps in zip(chosen, logs, strict=True):
            yield strips.texts[at], Seen(steps, CHARACTERS)


def _told(model: Any, held: Any) -> str:
    """How well held-out lines are read."""
    right = wrong = signs = 0
    for text, saw in seen(model, held):
        right += saw.text == text
        signs += len(text)
        wrong += distance(saw.text, text)
    return f"held out: {right / len(held.texts):.2%} of lines, {1 - wrong / signs:.2%} of signs"


def export(model: Any, held: Any, version: str, path: Path) -> None:
    """Write the network as ONNX: (N, 1, HEIGHT, W) in 0–1 → logarithms of chances (N, T, classes),
    softened by the temperature that fits the held-out lines best."""
    heat = temperature(model, held)
    log.info("temperature %.2f", heat)
    nodes: list[Any] = []
    weights: list[Any] = []
    convs = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]

    def constant(name: str, value: Any) -> str:
        weights.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
        return name

    x = "strips"
    for at, conv in enumerate(convs):
        name = f"conv{at}"
        kernel = np.transpose(conv.kernel.numpy(), (3, 2, 0, 1))
        if at < len(norms):
            gamma, beta, mean, variance = (w.numpy() for w in norms[at].weights)
            gain = gamma / np.sqrt(variance + norms[at].epsilon)
            kernel, bias = kernel * gain[:, None, None, None], beta - mean * gain
        else:
            kernel, bias = kernel / heat, conv.bias.numpy() / heat
        inputs = [x, constant(f"{name}.w", kernel), constant(f"{name}.b", bias)]
        how = {"auto_pad": "SAME_UPPER"} if conv.padding == "same" else {}
        nodes.append(helper.make_node("Conv", inputs, [f"{name}.z"], strides=conv.strides, **how))
        before, x = x, f"{name}.z"
        if at < len(norms):
            nodes.append(helper.make_node("Relu", [x], [f"{name}.r"]))
            x = f"{name}.r"
        if conv.kernel_size == (1, 5):
            nodes.append(helper.make_node("Add", [before, x], [name]))
            x = name
        if at == 1:
            nodes.append(
                helper.make_node("MaxPool", [x], ["halved"], kernel_shape=[2, 1], strides=[2, 1])
            )
            x = "halved"
    nodes.append(helper.make_node("Squeeze", [x, _axes(weights, 2)], ["flat"]))
    nodes.append(helper.make_node("Transpose", ["flat"], ["logits"], perm=[0, 2, 1]))
    nodes.append(helper.make_node("LogSoftmax", ["logits"], ["steps"], axis=2))
    shapes = ["n", 1, HEIGHT, "w"], ["n", "t", 1 + len(CHARACTERS)]
    graph = helper.make_graph(
        nodes,
        "lines",
        [helper.make_tensor_value_info("strips", TensorProto.FLOAT, shapes[0])],
        [helper.make_tensor_value_info("steps", TensorProto.FLOAT, shapes[1])],
        weights,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(made, {"characters": CHARACTERS, "version": version})
    onnx.checker.check_model(made)
    onnx.save(made, str(path))


def _axes(weights: list[Any], axis: int) -> str:
    weights.append(numpy_helper.from_array(np.array([axis], np.int64), "axis"))
    return "axis"


def temperature(model: Any, held: Any) -> float:
    """The temperature under which the true texts of held-out lines are likeliest (Guo et al.,
    2017)."""
    kept = list(seen(model, held))[:: max(1, len(held.texts) // 1000)]
    losses = {}
    for heat in np.exp(np.linspace(np.log(0.6), np.log(3), 16)):
        chances = [saw.softened(heat).chance(text) for text, saw in kept]
        losses[float(heat)] = -np.mean(np.log(np.maximum(chances, 1e-12)))
    return min(losses, key=losses.__getitem__)
