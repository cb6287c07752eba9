// Writes a program as an ONNX model, in the forms that suit a device.
import type { Program } from '../../graph/program.js';
import type { Primitive } from '../../graph/tensor.js';
import { type Emit, Emitter } from './emitter.js';
import { type Device, formsOf } from './forms.js';
import { type EncodedModel, encodeModel } from './proto.js';

const OPSET = 18;

/**
 * Encodes a program as an ONNX model. Its inputs and outputs carry the program's names after `in.` and
 * `out.`, which no name made here can equal.
 * @param device whose forms are used
 */
export function toOnnx(program: Program, device: Device = 'cpu'): EncodedModel {
  const e = new Emitter(program);
  const forms = formsOf(device);
  for (const t of program.nodes) {
    const write = forms[t.op] as Emit<Primitive>;
    const operands = t.inputs.map((x) => e.nameOf(x));
    e.bind(t, write(e, operands, t));
  }
  const outputs = Object.entries(program.outputs);
  for (const [name, t] of outputs)
    e.nodes.push({
      opType: 'Identity',
      input: [e.nameOf(t)],
      output: [`out.${name}`],
      attribute: [],
    });
  return encodeModel(
    {
      node: e.nodes,
      initializer: e.initializers,
      input: program.inputs.map((t) => ({ name: `in.${t.attrs.name}`, shape: t.shape })),
      output: outputs.map(([name, t]) => ({ name: `out.${name}`, shape: t.shape })),
    },
    OPSET,
  );
}
