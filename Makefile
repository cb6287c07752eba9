# Everything the project does, by name. Experiments on ImageNet need a data root: FRAGILE_DATA, or ./data.
FRAGILE = npx fragile

.PHONY: install test lint bench smoke cifar-smoke imagenet-topk imagenet-center imagenet-random \
  imagenet-fig3-gradient train-cifar-cnn train-cifar-cnn-slow train-cifar-cnn-softplus \
  train-cifar-cnn-softplus-slow train-vgg16-cifar10 train-vgg16-cifar10-slow \
  cifar-fig13 cifar-angles imagenet-fig3-ig imagenet-fig3-deeplift imagenet-fig12 \
  imagenet-fig3-ig-full imagenet-fig3-deeplift-multiplier imagenet-random-methods surrogates \
  imagenet-fig5 imagenet-fig10 influence-inception_v3 influence-resnet18 influence-squeezenet1_1 \
  engines manipulation-squeezenet1_1 manipulation-resnet18 manipulation-vgg16-cifar10 \
  manipulation-beta manipulation-fig1 manipulation-vgg16 manipulation-alexnet manipulation-densenet121 \
  smoothing-vgg16-cifar10 smoothing-squeezenet1_1 smoothing-resnet18 \
  attacked-smoothing-vgg16-cifar10 attacked-smoothing-vgg16-cifar10-noise attacked-smoothing-squeezenet1_1 \
  pixel-flipping-vgg16-cifar10 pixel-flipping-squeezenet1_1 \
  curvature-cifar-cnn curvature-cifar-cnn-softplus curvature-vgg16-cifar10 theorem-2 model-files reports clean

install:
	npm ci

test:
	npm test

lint:
	npm run lint
	npm run typecheck

bench:
	npm run bench

smoke cifar-smoke:
	$(FRAGILE) run configs/$@.yaml

# one attack each on up to 512 images, ε 1, 2, 4, 8
imagenet-topk imagenet-center imagenet-random:
	$(FRAGILE) run configs/$@.yaml

# the first column of Fig. 3 of Ghorbani et al. 2019
imagenet-fig3-gradient:
	$(FRAGILE) run configs/imagenet-fig3-gradient.yaml
	$(FRAGILE) run configs/imagenet-random.yaml --out results/imagenet-fig3-gradient/random-sign

# the other columns of Fig. 3, and Fig. 12
imagenet-fig3-ig imagenet-fig3-ig-full imagenet-fig3-deeplift imagenet-fig3-deeplift-multiplier imagenet-fig12 \
  imagenet-random-methods:
	$(FRAGILE) run configs/$@.yaml

# which network an attack's direction is best taken on
surrogates:
	$(FRAGILE) patterns --model squeezenet1_1 --dataset flowers
	$(FRAGILE) run configs/$@.yaml

# Fig. 5 and 11: integrated gradients take longer than the other two
imagenet-fig5:
	$(FRAGILE) run configs/imagenet-fig5.yaml
	$(FRAGILE) run configs/imagenet-fig5.yaml --out results/imagenet-fig5/integrated-gradients \
	  --set 'explain=[{ name: integrated-gradients, steps: 100, direction: { steps: 5 } }]'

# Fig. 10
imagenet-fig10:
	$(FRAGILE) run configs/imagenet-fig10.yaml

# one sweep on the engines that are everywhere; WebGPU where a device is
engines:
	$(FRAGILE) run configs/engines.yaml --out results/engines/onnx-cpu
	$(FRAGILE) run configs/engines.yaml --out results/engines/tfjs --set engine=tfjs
	node scripts/compare-engines.js

# the network of Appendix A with ReLU and with softplus from its weights, each with last passes at a lower rate
train-cifar-cnn train-cifar-cnn-slow train-cifar-cnn-softplus train-cifar-cnn-softplus-slow:
	$(FRAGILE) train configs/$@.yaml

# VGG-16 with batch norms and half the channels, for CIFAR-10, with last passes at a lower rate
train-vgg16-cifar10 train-vgg16-cifar10-slow:
	$(FRAGILE) train configs/$@.yaml

# Fig. 13
cifar-fig13:
	$(FRAGILE) run configs/cifar-fig13-random.yaml
	$(FRAGILE) run configs/cifar-fig13-gradient.yaml
	$(FRAGILE) run configs/cifar-fig13-ig.yaml
	$(FRAGILE) run configs/cifar-fig13-deeplift.yaml

# Fig. 6(a)
cifar-angles:
	$(FRAGILE) run configs/cifar-angles.yaml

# Fig. 4 and 6(b)
influence-inception_v3 influence-resnet18 influence-squeezenet1_1:
	$(FRAGILE) run configs/$@.yaml

# Fig. 2 and 3 of Dombrowski et al. 2019; patterns come from photographs that are in no pair
manipulation-squeezenet1_1:
	$(FRAGILE) patterns --model squeezenet1_1 --dataset flowers --set model.pool=floor
	$(FRAGILE) run configs/manipulation-squeezenet1_1.yaml
	$(FRAGILE) run configs/manipulation-squeezenet1_1-ig.yaml
	$(FRAGILE) run configs/manipulation-squeezenet1_1-tuned.yaml

manipulation-resnet18:
	$(FRAGILE) patterns --model resnet18 --dataset flowers
	$(FRAGILE) run configs/manipulation-resnet18.yaml
	$(FRAGILE) run configs/manipulation-resnet18-tuned.yaml
	$(FRAGILE) run configs/manipulation-resnet18-larger-beta.yaml

manipulation-vgg16-cifar10:
	$(FRAGILE) patterns --model vgg16-cifar10 --dataset cifar-10 --limit 5000 \
	  --set model.width=0.5 --set model.batchNorm=true
	$(FRAGILE) run configs/manipulation-vgg16-cifar10.yaml
	$(FRAGILE) run configs/manipulation-vgg16-cifar10-ig.yaml
	$(FRAGILE) run configs/manipulation-vgg16-cifar10-tuned.yaml

manipulation-beta manipulation-fig1:
	$(FRAGILE) run configs/$@.yaml

# Fig. 4 and 6 of Dombrowski et al. 2019
smoothing-vgg16-cifar10:
	$(FRAGILE) patterns --model vgg16-cifar10 --dataset cifar-10 --limit 5000 \
	  --set model.width=0.5 --set model.batchNorm=true
	$(FRAGILE) run configs/smoothing-vgg16-cifar10.yaml
	$(FRAGILE) run configs/smoothing-vgg16-cifar10-others.yaml

smoothing-squeezenet1_1 smoothing-resnet18:
	$(FRAGILE) run configs/$@.yaml

# Fig. 5 of Dombrowski et al. 2019
attacked-smoothing-vgg16-cifar10:
	$(FRAGILE) patterns --model vgg16-cifar10 --dataset cifar-10 --limit 5000 \
	  --set model.width=0.5 --set model.batchNorm=true
	$(FRAGILE) run configs/attacked-smoothing-vgg16-cifar10.yaml
	$(FRAGILE) run configs/attacked-smoothing-vgg16-cifar10-equal.yaml
	$(FRAGILE) run configs/attacked-smoothing-vgg16-cifar10-others.yaml

attacked-smoothing-vgg16-cifar10-noise:
	$(FRAGILE) run configs/attacked-smoothing-vgg16-cifar10-noise.yaml
	$(FRAGILE) run configs/attacked-smoothing-vgg16-cifar10-equal-noise.yaml

attacked-smoothing-squeezenet1_1:
	$(FRAGILE) run configs/attacked-smoothing-squeezenet1_1.yaml
	$(FRAGILE) run configs/attacked-smoothing-squeezenet1_1-equal.yaml

# Fig. 7 of Dombrowski et al. 2019
pixel-flipping-vgg16-cifar10 pixel-flipping-squeezenet1_1:
	$(FRAGILE) run configs/$@.yaml

# Theorem 1: curvature against β, and paths on level sets
curvature-cifar-cnn:
	$(FRAGILE) run configs/curvature-cifar-cnn.yaml
	$(FRAGILE) run configs/curvature-cifar-cnn.yaml --limit 10 --set 'paths={}' --set 'beta=[3, 30]' \
	  --out results/curvature-cifar-cnn/paths

curvature-cifar-cnn-softplus:
	$(FRAGILE) run configs/curvature-cifar-cnn-softplus.yaml
	$(FRAGILE) run configs/curvature-cifar-cnn-softplus.yaml --limit 10 --set 'paths={}' --set 'beta=[1, 3, 30]' \
	  --out results/curvature-cifar-cnn-softplus/paths

curvature-vgg16-cifar10:
	$(FRAGILE) run configs/curvature-vgg16-cifar10.yaml
	$(FRAGILE) run configs/curvature-vgg16-cifar10.yaml --set pools=true \
	  --out results/curvature-vgg16-cifar10/sweep-smooth-pools
	$(FRAGILE) run configs/curvature-vgg16-cifar10.yaml --limit 10 --set 'paths={}' --set 'beta=[3, 30]' \
	  --out results/curvature-vgg16-cifar10/paths
	$(FRAGILE) run configs/curvature-vgg16-cifar10.yaml --limit 10 --set 'paths={}' --set 'beta=[3, 30]' \
	  --set pools=true --out results/curvature-vgg16-cifar10/paths-smooth-pools

# Theorem 2, as a figure
theorem-2:
	node scripts/theorem-2.js

# torchvision's classifiers, read from ONNX files; needs torch and torchvision
model-files:
	python3 scripts/onnx-zoo.py data/model-files
	node scripts/onnx-zoo.js data/model-files results/model-files/README.md

# as published, for a GPU
manipulation-vgg16:
	$(FRAGILE) patterns --model vgg16 --dataset flowers
	$(FRAGILE) run configs/manipulation-vgg16.yaml
	$(FRAGILE) run configs/manipulation-vgg16-ig.yaml

manipulation-alexnet manipulation-densenet121:
	$(FRAGILE) run configs/$@.yaml

# one page over every result in the repository, without pictures, which may not be passed on
reports:
	$(FRAGILE) report $(sort $(patsubst %/run.json,%,$(shell git ls-files 'results/**/run.json'))) \
	  --no-pictures --out results/report.html

clean:
	rm -rf dist results/smoke results/cifar-smoke
