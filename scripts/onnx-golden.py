"""Makes fixtures/onnx: small networks with the structures of torchvision's classifiers, exported as ONNX, and golden.json
with what torch computes of them in float64: class scores and the gradient of one score in the network's own input.

Weights are random, of a size that keeps activations about 1. The input follows from a rule that
`src/import/torch.test.ts` follows too. Needs torch and torchvision; run as `python3 scripts/onnx-golden.py`.
"""

import json
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as functional
from torch import nn
from torchvision.models import convnext, densenet, efficientnet, mobilenetv2, mobilenetv3, regnet, shufflenetv2
from torchvision.models import swin_transformer, vision_transformer

OUT = Path(__file__).resolve().parent.parent / "fixtures" / "onnx"
CLASSES = 5
LABEL = 3


def image(height, width):
    """Gray levels 0..255: whole numbers that follow from their place."""
    at = np.arange(3 * height * width)
    return (at * 2654435761 % 2**32 // 2**24).reshape(1, 3, height, width).astype(np.float64)


class Mixed(nn.Module):
    """Layers that torchvision's classifiers have not: windows of all kinds and functions with kinks."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, (3, 5), stride=(2, 1), padding=(1, 2), dilation=(1, 2))
        self.slopes = nn.PReLU(8)
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.mean = nn.AvgPool2d(3, 2, padding=1, ceil_mode=True, count_include_pad=False)
        self.groups = nn.Conv2d(8, 16, 3, groups=4, bias=False)
        self.norm = nn.BatchNorm2d(16)
        self.wide = nn.ConvTranspose2d(16, 8, 3, stride=2, padding=1, output_padding=1)
        self.shuffle = nn.PixelShuffle(2)
        self.response = nn.LocalResponseNorm(3)
        self.head = nn.Linear(2, CLASSES)

    def forward(self, x):
        x = self.slopes(self.stem(x))
        x = functional.leaky_relu(self.pool(x), 0.1)
        x = functional.elu(self.norm(self.groups(functional.pad(x, (1, 0, 0, 1)))))
        x = self.mean(x)
        x = functional.hardsigmoid(self.wide(x)) + functional.mish(self.wide(x))
        x = self.shuffle(functional.selu(x))
        x = torch.softmax(x, 1) * torch.tanh(x)
        x = x / (1 + x.abs().amax((2, 3), keepdim=True))
        return self.head(functional.gelu(x).mean((2, 3)))


class Gray(nn.Module):
    """One channel in, one score out, behind a sigmoid."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        return torch.sigmoid(self.head(torch.relu(self.conv(x)).amax((2, 3))))


class ChannelsLast(nn.Module):
    """Channels last, preprocessing and padding of its own before a strided convolution, ReLU6, probabilities at the end: as tf2onnx writes."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, stride=2)
        self.norm = nn.BatchNorm2d(6)
        self.deep = nn.Conv2d(6, 6, 3, groups=6)
        self.head = nn.Linear(6, CLASSES)

    def scores(self, x):
        x = (x * 0.5 - torch.tensor([0.1, -0.2, 0.3])) / torch.tensor([0.9, 1.1, 1.3])
        x = functional.pad(x.permute(0, 3, 1, 2), (0, 1, 0, 1))
        x = functional.relu6(self.norm(self.conv(x)) * 3)
        x = functional.relu6(self.deep(x) * 4)
        return self.head(x.permute(0, 2, 3, 1).mean((1, 2)))

    def forward(self, x):
        return torch.softmax(self.scores(x), 1)


class Two(nn.Module):
    """Two outputs, the second of them probabilities."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, stride=2)
        self.head = nn.Linear(6, CLASSES)

    def forward(self, x):
        features = torch.relu(self.conv((x - torch.tensor([0.1, 0.2, 0.3]).reshape(3, 1, 1)) / 0.5))
        return features, torch.softmax(self.head(features.mean((2, 3))), 1)


mobile = partial(mobilenetv3.InvertedResidualConfig, width_mult=1.0)
block = partial(efficientnet.MBConvConfig, width_mult=1.0, depth_mult=1.0)

NETWORKS = {
    "mobilenet-v2": (
        lambda: mobilenetv2.MobileNetV2(CLASSES, 0.25, [[1, 16, 1, 1], [3, 24, 2, 2]]),
        (20, 20),
    ),
    "mobilenet-v3": (
        lambda: mobilenetv3.MobileNetV3(
            [
                mobile(16, 3, 16, 16, True, "RE", 2, 1),
                mobile(16, 5, 24, 16, True, "HS", 1, 1),
                mobile(16, 3, 24, 24, False, "HS", 2, 1),
            ],
            32,
            CLASSES,
        ),
        (24, 20),
    ),
    "shufflenet-v2": (lambda: shufflenetv2.ShuffleNetV2([2, 1, 1], [8, 8, 16, 16, 16], CLASSES), (32, 32)),
    "efficientnet": (
        lambda: efficientnet.EfficientNet([block(1, 3, 1, 8, 8, 1), block(4, 5, 2, 8, 12, 2)], 0.0, num_classes=CLASSES),
        (24, 24),
    ),
    "regnet": (
        lambda: regnet.RegNet(
            regnet.BlockParams([1, 2], [8, 16], [4, 8], [1.0, 1.0], [2, 2], 0.25), CLASSES, stem_width=8
        ),
        (24, 24),
    ),
    "densenet": (lambda: densenet.DenseNet(4, (2, 2), 8, 2, num_classes=CLASSES), (36, 36)),
    "convnext": (
        lambda: convnext.ConvNeXt(
            [convnext.CNBlockConfig(8, 16, 2), convnext.CNBlockConfig(16, None, 1)], num_classes=CLASSES
        ),
        (16, 16),
    ),
    "vit": (lambda: vision_transformer.VisionTransformer(16, 4, 2, 2, 16, 24, num_classes=CLASSES), (16, 16)),
    "vit-dynamic": (lambda: vision_transformer.VisionTransformer(16, 4, 1, 2, 16, 24, num_classes=CLASSES), (16, 16)),
    "swin": (
        lambda: swin_transformer.SwinTransformer([4, 4], 8, [2, 2], [2, 2], [3, 3], num_classes=CLASSES),
        (24, 24),
    ),
    "mixed": (Mixed, (20, 22)),
    "mixed-opset-9": (Mixed, (20, 22)),
    "gray": (Gray, (9, 8)),
    "two-outputs": (Two, (9, 9)),
    "channels-last": (ChannelsLast, (10, 11)),
}

DYNAMIC = {"input_names": ["image"], "output_names": ["scores"], "dynamic_axes": {"image": {0: "batch"}}}


def filled(network):
    generator = torch.Generator().manual_seed(1)
    for name, tensor in network.state_dict().items():
        if not tensor.is_floating_point():
            continue
        if name.endswith("running_var"):
            tensor.uniform_(0.5, 1.5, generator=generator)
        elif tensor.dim() > 1:
            bound = (3 / tensor[0].numel()) ** 0.5
            tensor.uniform_(-bound, bound, generator=generator)
        elif name.endswith("weight") or "layer_scale" in name:
            tensor.uniform_(0.5, 1.5, generator=generator)
        else:
            tensor.uniform_(-0.2, 0.2, generator=generator)
    return network.eval()


def main():
    OUT.mkdir(exist_ok=True)
    golden = {}
    for name, (build, (height, width)) in NETWORKS.items():
        network = filled(build())
        channels = 1 if name == "gray" else 3
        x = image(height, width)
        given = torch.tensor(x.mean(1, keepdims=True) if channels == 1 else x) / 127.5 - 1
        if name == "channels-last":
            given = given.permute(0, 2, 3, 1).contiguous()
        opset = 9 if name.endswith("opset-9") else 17 if name.endswith("dynamic") else 13
        options = DYNAMIC if name.endswith("dynamic") else {}
        torch.onnx.export(network, given.float(), str(OUT / f"{name}.onnx"), opset_version=opset, **options)
        exact = given.double().requires_grad_()
        scores = network.double()(exact)
        if name == "two-outputs":
            scores = network.head(scores[0].mean((2, 3)))
        if name == "channels-last":
            scores = network.scores(exact)
        if name == "gray":
            scores = torch.logit(scores)
        scores[0, 0 if name == "gray" else LABEL].backward()
        gradient = exact.grad.permute(0, 3, 1, 2) if name == "channels-last" else exact.grad
        numbers = lambda t: [float(f"{v:.8g}") for v in t.detach().flatten().tolist()]
        golden[name] = {
            "height": height,
            "width": width,
            "scores": numbers(scores),
            "gradient": numbers(gradient),
        }
    (OUT / "golden.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
