# Everything the project does, by name. Experiments on ImageNet need a data root: FRAGILE_DATA, or ./data.
FRAGILE = npx fragile

.PHONY: install test lint bench smoke imagenet-topk imagenet-center imagenet-random imagenet-fig3-gradient clean

install:
	npm ci

test:
	npm test

lint:
	npm run lint
	npm run typecheck

bench:
	npm run bench

smoke:
	$(FRAGILE) run configs/smoke.yaml

# one attack each on up to 512 images, ε 1, 2, 4, 8
imagenet-topk imagenet-center imagenet-random:
	$(FRAGILE) run configs/$@.yaml

# the first column of Fig. 3 of Ghorbani et al. 2019
imagenet-fig3-gradient:
	$(FRAGILE) run configs/imagenet-fig3-gradient.yaml
	$(FRAGILE) run configs/imagenet-random.yaml --out results/imagenet-fig3-gradient/random-sign

clean:
	rm -rf dist results/smoke
