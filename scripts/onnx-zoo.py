"""Exports torchvision's classifiers as ONNX into a folder, with random weights, and beside each what torch computes of it in
float64: class scores and the gradient of the largest one in the network's own input. `scripts/onnx-zoo.js` reads them.

    python3 scripts/onnx-zoo.py FOLDER [NAME ...]

Networks of more than 500 MB are left out. Needs torch and torchvision.
"""

import gc
import json
import sys
import warnings
from pathlib import Path

import torch
import torchvision.models as models

LARGEST = 500e6
OPSETS = (13, 16)

warnings.filterwarnings("ignore")


def network(name):
    more = {"init_weights": False} if name in ("inception_v3", "googlenet") else {}
    torch.manual_seed(1)
    made = getattr(models, name)(**more)
    for part in made.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.running_mean.normal_(0, 0.1)
            part.running_var.uniform_(0.5, 1.5)
        if isinstance(part, torch.nn.Linear) and not part.weight.any():
            torch.nn.init.normal_(part.weight, std=0.05)
    return made.eval()


def exported(made, x, file):
    for opset in OPSETS:
        try:
            torch.onnx.export(made, x, str(file), opset_version=opset)
            return opset
        except Exception as error:  # what torch cannot export, it says in many ways
            why = str(error).splitlines()[0]
    raise RuntimeError(why)


def one(folder, name):
    made = network(name)
    size = 299 if name == "inception_v3" else 224
    count = sum(tensor.numel() for tensor in made.state_dict().values())
    if 4 * count > LARGEST:
        return {"left": f"{4 * count / 1e6:.0f} MB"}
    x = torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(2)) * 2 - 1
    try:
        opset = exported(made, x, folder / f"{name}.onnx")
    except RuntimeError as error:
        return {"left": f"torch {torch.__version__} does not export it: {error}"[:160]}
    exact = x.double().requires_grad_()
    scores = made.double()(exact)[0]
    label = int(scores.argmax())
    scores[label].backward()
    x.numpy().tofile(folder / f"{name}.x")
    scores.detach().float().numpy().tofile(folder / f"{name}.scores")
    exact.grad.float().numpy().tofile(folder / f"{name}.gradient")
    return {"opset": opset, "label": label, "size": size}


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    for name in sys.argv[2:] or models.list_models(module=models):
        done = folder / f"{name}.json"
        if done.exists():
            continue
        done.write_text(json.dumps(one(folder, name)))
        print(name, done.read_text(), flush=True)
        gc.collect()


if __name__ == "__main__":
    main()
