"""Write the network as ONNX: plain convolutions, normalisation folded into them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from training.model import Network

OPSET = 17

F4 = NDArray[np.float32]


class Graph:
    """ONNX nodes and weights, as they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def add(self, kind: str, inputs: list[str], **given: object) -> str:
        """Add a node and return the name of its output."""
        out = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [out], **given))
        return out

    def weight(self, values: F4) -> str:
        """Add weights, stored in half precision, and return their name.

        Half precision keeps 11 bits, more than the bfloat16 they were trained with.
        """
        name = f"w{len(self.weights)}"
        stored = numpy_helper.from_array(values.astype(np.float16), name)
        self.weights.append(stored)
        return self.add("Cast", [name], to=TensorProto.FLOAT)

    def convolve(self, at: str, layer: nn.Conv2d, weight: F4, bias: F4) -> str:
        """Add a convolution."""
        pad = int(layer.padding[0])
        return self.add(
            "Conv",
            [at, self.weight(weight), self.weight(bias)],
            kernel_shape=list(layer.kernel_size),
            strides=list(layer.stride),
            pads=[pad] * 4,
        )

    def pair(self, at: str, layers: nn.Sequential) -> str:
        """Add convolutions with their normalisation folded in."""
        members = list(layers)
        for first in range(0, len(members), 3):
            layer, norm = members[first], members[first + 1]
            at = self.add("Relu", [self.convolve(at, layer, *folded(layer, norm))])
        return at


def folded(layer: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[F4, F4]:
    """Return weight and bias of a convolution that does the normalisation too."""
    if norm.running_var is None or norm.running_mean is None:
        raise ValueError("the normalisation keeps no running statistics")
    gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weight = layer.weight * gain.view(-1, 1, 1, 1)
    bias = norm.bias - norm.running_mean * gain
    return _values(weight), _values(bias)


def _values(tensor: torch.Tensor | None) -> F4:
    if tensor is None:
        raise ValueError("a layer without bias cannot be exported")
    found: F4 = tensor.detach().float().numpy()
    return found


def to_onnx(
    network: Network, facts: dict[str, str], rare: tuple[float, float]
) -> onnx.ModelProto:
    """Return the network as ONNX: `seen` (1, 1, H, W) to `chance` (1, 2, H, W).

    Missed ducts counted `rare` times as much as false ones in training; the odds are
    divided by that, so that what comes out are chances.
    """
    graph = Graph()
    stem = network.stem
    at = graph.convolve("seen", stem, _values(stem.weight), _values(stem.bias))
    at = graph.add("Relu", [at])
    kept = []
    for number, layers in enumerate(network.down):
        if number:
            at = graph.add("MaxPool", [at], kernel_shape=[2, 2], strides=[2, 2])
        at = graph.pair(at, layers)
        kept.append(at)
    for number, (grow, join) in enumerate(zip(network.grow, network.join, strict=True)):
        parts = [
            at,
            graph.weight(_values(grow.weight)),
            graph.weight(_values(grow.bias)),
        ]
        up = graph.add("ConvTranspose", parts, kernel_shape=[2, 2], strides=[2, 2])
        at = graph.pair(graph.add("Concat", [up, kept[-2 - number]], axis=1), join)
    head = network.head
    bias = _values(head.bias) - np.repeat(np.log(np.array(rare, np.float32)), 4)
    at = graph.convolve(at, head, _values(head.weight), bias)
    at = graph.add("DepthToSpace", [at], blocksize=2, mode="CRD")
    graph.nodes.append(helper.make_node("Sigmoid", [at], ["chance"]))
    shape = [1, 1, "rows", "columns"]
    made = helper.make_graph(
        graph.nodes,
        "ducts",
        [helper.make_tensor_value_info("seen", TensorProto.FLOAT, shape)],
        [
            helper.make_tensor_value_info(
                "chance", TensorProto.FLOAT, [1, 2, "rows", "columns"]
            )
        ],
        graph.weights,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = 8
    helper.set_model_props(model, facts)
    onnx.checker.check_model(model, full_check=True)
    return model


def save(
    network: Network,
    path: Path,
    facts: dict[str, str],
    rare: tuple[float, float] = (1.0, 1.0),
) -> None:
    """Write the network to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    model = to_onnx(network, facts, rare)
    path.write_bytes(model.SerializeToString(deterministic=True))
