// Compares networks that scripts/onnx-zoo.py has exported with ONNX Runtime on their files and with torch, and writes a table:
//   node scripts/onnx-zoo.js FOLDER results/model-files/README.md
// A network that is in the table's data already is not computed again.
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { onnxEngine } from '../dist/engine/onnx/onnx.js';
import { runFile } from '../dist/engine/onnx/run-file.js';
import { obstacleTo } from '../dist/explain/index.js';
import { gradient, input, program, sum } from '../dist/graph/index.js';
import { importNetwork, presets, readModel } from '../dist/import/index.js';
import { lower } from '../dist/model/index.js';

const [folder, out] = process.argv.slice(2);
const methods = ['guided-backprop', 'deeplift', 'lrp', 'deep-taylor', 'pattern-attribution'];

const numbers = async (name, ending) => {
  const bytes = await readFile(path.join(folder, `${name}.${ending}`));
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
};
const largest = (list) => list.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
const apart = (a, b) => largest(a.map((v, i) => v - b[i])) / largest(b);

/** The input x of a network, −1 … 1, as pixels. */
const pixelsOf = (x) => x.map((v) => (v + 1) * 127.5);

async function measured(name) {
  const file = path.join(folder, `${name}.onnx`);
  const said = JSON.parse(await readFile(path.join(folder, `${name}.json`), 'utf8'));
  if (said.left !== undefined) return { name, left: said.left };
  const started = performance.now();
  const { bound, operators } = importNetwork(await readModel(file), {
    input: presets['keras-tf'],
    name,
  });
  const seconds = (performance.now() - started) / 1000;
  const { network } = bound;
  const shape = [1, 3, network.height, network.width];
  const x = await numbers(name, 'x');
  const pixels = input('x', shape);
  const lowered = lower(bound, pixels, network.activation);
  const target = input('target', [1, network.classes]);
  const one = sum(lowered.score(target));
  const engine = onnxEngine({ threads: 2 });
  const executable = await engine.compile(
    program({ scores: lowered.scores, slope: gradient(one, [pixels])[0] }),
  );
  const label = new Float32Array(network.classes);
  label[said.label] = 1;
  const { scores, slope } = await executable.run({ x: pixelsOf(x), target: label });
  await executable.release();
  const inputName = (await readModel(file)).inputs[0].name;
  const outputName = (await readModel(file)).outputs[0].name;
  const expected = await runFile(file, { name: inputName, data: x, shape }, outputName);
  return {
    name,
    operators: [...operators.keys()].filter((op) => op !== 'Constant'),
    seconds,
    runtime: apart(scores, expected),
    torch: apart(scores, await numbers(name, 'scores')),
    gradient: apart(
      slope.map((v) => v * 127.5),
      await numbers(name, 'gradient'),
    ),
    methods: methods.filter((method) => obstacleTo(method, network) === undefined),
  };
}

const data = out.replace(/[^/]*$/, 'networks.json');
const known = existsSync(data) ? JSON.parse(await readFile(data, 'utf8')) : [];
const names = (await readdir(folder)).filter((f) => f.endsWith('.json')).map((f) => f.slice(0, -5));
for (const name of names.sort()) {
  if (known.some((one) => one.name === name)) continue;
  known.push(
    await measured(name).catch((error) => ({ name, left: String(error.message).slice(0, 300) })),
  );
  for (const ending of ['onnx', 'x', 'scores', 'gradient'])
    await rm(path.join(folder, `${name}.${ending}`), { force: true });
  await writeFile(
    data,
    `${JSON.stringify(
      known.sort((a, b) => (a.name < b.name ? -1 : 1)),
      null,
      1,
    )}\n`,
  );
  console.log(name, JSON.stringify(known.find((one) => one.name === name)).slice(0, 200));
}

const all = known.sort((a, b) => (a.name < b.name ? -1 : 1));
const read = all.filter((one) => one.left === undefined);
const e = (v) => v.toExponential(0);
const rows = read.map(
  (n) =>
    `| ${n.name} | ${n.operators.join(', ')} | ${e(n.runtime)} | ${e(n.torch)} | ${e(n.gradient)} | ${n.methods.length === methods.length ? 'all' : n.methods.join(', ')} |`,
);
await writeFile(
  out,
  `# Networks from files

\`\`\`sh
make model-files
\`\`\`

torchvision's classifiers with random weights, exported by torch and read from their files. *Runtime*: the largest difference of class scores from those of ONNX Runtime on the file, as a part of the largest score. *torch* and *gradient*: of scores, and of the gradient of the largest score, from torch's in float64. With random weights a ReLU network's gradient jumps where rounding opens or closes a unit; torch's own float32 is as far from its float64.

Gradients, gradient×input, integrated gradients and SmoothGrad explain all of them. The last column has the other methods.

| network | operators | runtime | torch | gradient | methods |
|---|---|---|---|---|---|
${rows.join('\n')}

Left out:

| network | why |
|---|---|
${all
  .filter((n) => n.left !== undefined)
  .map((n) => `| ${n.name} | ${n.left.replace(/\|/g, '/')} |`)
  .join('\n')}
`,
);
