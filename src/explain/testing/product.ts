// A product of two values, as networks from files have it.
import { mul, type Tensor } from '../../graph/index.js';

export const elementwiseProduct = ([a, b]: readonly Tensor[]): Tensor => mul(a!, b!);
