// A config of attacks for tests of commands, whose cells take a moment each.

/** Three pictures, both iterative attacks and the draw. */
export const config = (iterations = 20) => `
name: tested
model: { name: cifar-cnn, width: 0.125 }
data: { name: embedded, count: 3, correct: false }
explain: [gradient, gradient-x-input]
attack:
  - random-sign
  - { name: top-k, k: 100, iterations: ${iterations} }
  - { name: mass-center, iterations: ${iterations} }
epsilon: [4, 8]
select: [dissimilarity, intersection]
metrics: { k: 100 }
`;
/** The cells and the rows of a run of it. */
export const CELLS = 3 * 2 * 3 * 2;
export const ROWS = 3 * 2 * (1 + 2 + 2) * 2;
