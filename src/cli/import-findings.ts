// The findings of `fragile doctor --model` on a network from a file: what it is made of, which methods can explain it, how
// near it is to its file, and with which preprocessing it knows images best.
import type { ImportedModel } from '../config/imported-model.js';
import { methodNames } from '../config/methods.js';
import { importOptions, resolveModel } from '../config/model.js';
import type { ImageConfig } from '../config/subject.js';
import { dataRootOf } from '../data/dataset.js';
import { processor } from '../engine/choice.js';
import { openEngine } from '../engine/choose.js';
import { messageOf } from '../errors.js';
import { compilePredictor, obstacleTo } from '../explain/index.js';
import { type PresetName, presets } from '../import/index.js';
import { argmax, softmax } from '../metric/output.js';
import { candidateOrder } from '../subject/candidates.js';
import { loadImage, UnreadableImage } from '../subject/images.js';
import { importError, openImport } from '../subject/import.js';
import { openImages, openSubject } from '../subject/subject.js';
import type { Finding } from './findings.js';

/** Images with which presets are tried. */
const IMAGES = 32;

/** The operators of a file, and how near its network is to it. */
export async function examineFile(model: ImportedModel): Promise<Finding[]> {
  const imported = await openImport(model, false);
  const { network } = imported.bound;
  const error = await importError(imported, model);
  const counts = [...imported.operators].map(([name, count]) => [name, String(count)]);
  const methods = methodNames
    .filter((name) => name !== 'smoothgrad')
    .map((name) => {
      const obstacle = obstacleTo(name, network);
      return [name, obstacle === undefined ? 'yes' : `no: ${obstacle.what}, ${obstacle.layer}`];
    });
  return [
    {
      title: `${model.file}: ${network.height}×${network.width}, ${network.classes} classes, opset ${imported.file.opset}, by ${imported.file.producer || 'an unknown program'}`,
      table: [['operator', 'nodes'], ...counts],
      notes: [
        `scores differ from those of ONNX Runtime on the file by ${error.toExponential(1)} of the largest`,
        ...imported.notes,
      ],
    },
    { title: 'Methods that can explain it', table: [['method', ''], ...methods], notes: [] },
  ];
}

/** How well a network knows images with one preprocessing. */
async function tried(config: ImageConfig, data: string | undefined): Promise<string[]> {
  const subject = await openSubject(config, dataRootOf(data), { checked: false });
  const dataset = await openImages(
    { ...config, data: { ...config.data, correct: false } },
    subject,
  );
  const predictor = await compilePredictor(await openEngine(processor), subject.network);
  const sure: number[] = [];
  let [right, labelled] = [0, 0];
  try {
    for (const at of candidateOrder(config, dataset.entries.length).slice(0, IMAGES)) {
      const scores = await predictor.predict(await loadImage(dataset, at, subject.network.network));
      const label = argmax(scores);
      sure.push(softmax(scores)[label]!);
      const own = dataset.entries[at]!.label;
      if (own === undefined) continue;
      labelled++;
      if (own === label) right++;
    }
  } catch (error) {
    if (!(error instanceof UnreadableImage)) throw error;
  } finally {
    await predictor.release();
  }
  const mean = sure.reduce((total, p) => total + p, 0) / Math.max(1, sure.length);
  return [
    labelled === 0 ? '' : `${((100 * right) / labelled).toFixed(0)} %`,
    `${(100 * mean).toFixed(0)} %`,
  ];
}

/** Every preset on the same images: the right one knows most of them. */
export async function examinePresets(
  config: ImageConfig,
  model: ImportedModel,
  data: string | undefined,
): Promise<Finding> {
  const { size, layout } = importOptions(model).input;
  const rows: string[][] = [];
  for (const preset of Object.keys(presets)) {
    try {
      const input = { preset: preset as PresetName, size, layout };
      const given = { ...model, classes: undefined, input };
      const { model: resolved } = await resolveModel(given);
      rows.push([preset, ...(await tried({ ...config, model: resolved }, data))]);
    } catch (error) {
      rows.push([preset, '', messageOf(error)]);
    }
  }
  return {
    title: `Preprocessing, on ${IMAGES} images of ${config.data.name} at most`,
    table: [['model.input', 'as labelled', 'mean confidence'], ...rows],
    notes: ['labels are compared by number: they must be in the order of the network'],
  };
}
