// Brings records of runs up to form 3, and records of version 1 of preprocessing up to version 2 where it gives the same
// pixels. Form 1 left out defaults of configs, form 2 the hashes of images. Checks records against the programs that
// computed their rows. Nothing is computed again: the sources at the commit that added a record are built in a temporary
// folder, and asked what they use for the record's config: the β of directions, rates, the network with its
// preprocessing, and how pictures are brought to size.
//
//   node scripts/upgrade-records.js           rewrites every such record that git knows below results/
//   node scripts/upgrade-records.js --check   compares every record below results/ with the sources; status 1 where one differs
//
// Needs git with the history, a build (npm run build), and for hashes the data root ($FRAGILE_DATA, else ./data).
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { checkConfig } from '../dist/config/file.js';
import { resolveChecked } from '../dist/config/values.js';
import { fitTo, PREPROCESSING_VERSION } from '../dist/data/resize.js';
import { defaultsOf, networkOf } from '../dist/model/index.js';
import { packageRoot } from '../dist/package.js';
import { identityHash } from '../dist/record/identity.js';
import { tasks } from '../dist/tasks/index.js';
import {
  freeOf,
  resolveTraining,
  trainForm,
  trainingVersions,
} from '../dist/tasks/train/config.js';
import { hashMistakes, withHashes, writeImages } from './record-hashes.js';

const git = (...args) =>
  execFileSync('git', args, {
    cwd: packageRoot,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

/** The records below results/ that git knows. */
const records = git('ls-files', 'results')
  .split('\n')
  .filter((file) => path.basename(file) === 'run.json');

/** The record of form 1 as git last had it, and the commits whose programs wrote it: where it was added and last changed. */
function originOf(file) {
  const commits = git('log', '--format=%h', '--', file).split('\n');
  const at = (commit) => JSON.parse(git('show', `${commit}:${file}`));
  const first = commits.filter((commit) => {
    try {
      return at(commit).form === undefined;
    } catch {
      // the commit took the file away
      return false;
    }
  });
  if (first.length === 0) return undefined;
  const added = git('log', '--diff-filter=A', '--format=%h', '--', file).split('\n');
  const from = first.filter((commit) => added.includes(commit))[0] ?? first.at(-1);
  return { record: at(first[0]), commits: [...new Set([from, first[0]])] };
}

const built = new Map();

/** The program as it was at a commit: the functions of it that are asked. */
function programAt(commit) {
  const known = built.get(commit) ?? build(commit);
  built.set(commit, known);
  return known;
}

async function build(commit) {
  const folder = path.join(tmpdir(), 'fragile-sources', commit);
  if (!existsSync(path.join(folder, 'dist'))) {
    mkdirSync(folder, { recursive: true });
    const archive = execFileSync('git', ['archive', commit], {
      cwd: packageRoot,
      maxBuffer: 2 ** 30,
    });
    execFileSync('tar', ['-x', '-C', folder], { input: archive });
    if (!existsSync(path.join(folder, 'node_modules')))
      symlinkSync(path.join(packageRoot, 'node_modules'), path.join(folder, 'node_modules'));
    try {
      execFileSync('npx', ['tsc', '-p', 'tsconfig.build.json'], { cwd: folder, stdio: 'ignore' });
    } catch {
      // types of newer packages may not fit; what is built runs all the same
    }
  }
  const load = async (...files) => {
    for (const file of files) {
      const built = path.join(folder, 'dist', file);
      if (existsSync(built)) return import(pathToFileURL(built).href);
    }
    return {};
  };
  const { surrogateOf, directionOf } = await load('experiment/methods.js');
  const { rateOf } = await load('experiment/match-config.js');
  const { networkOf } = await load('model/index.js');
  const { fitTo } = await load('data/resize.js');
  return { surrogateOf, directionOf, rateOf, networkOf, fitTo };
}

/** The config of a record of form 1 with every default filled in by the program as it is now. */
async function resolved({ config: { epsilon, semantics, ...config } }) {
  const given = {
    ...config,
    ...(Array.isArray(epsilon) && epsilon.length > 0 ? { epsilon } : {}),
    ...(semantics === undefined
      ? {}
      : { semantics: typeof semantics === 'string' ? { name: semantics } : semantics }),
  };
  const kind =
    given.epochs === undefined
      ? tasks.find(({ name }) => name === (given.task ?? 'attack'))
      : { form: trainForm, resolve: resolveTraining };
  const { value, origin } = checkConfig(
    () => kind.form,
    given,
    [],
    (at) => at.join('.'),
  );
  return resolveChecked(kind, value, origin);
}

/** The sides of the pictures that the runs were given, by data set: all are squares. */
const sides = { imagenet: 227, flowers: 299, 'cifar-10': 32, embedded: 32 };

/** A picture of a data set, with a pattern by which sizes can be told. */
const pictureOf = ({ name }) => {
  const side = sides[name];
  const data = Buffer.from(
    Uint8Array.from({ length: 3 * side * side }, (_, i) => (i * 7919) % 251),
  );
  return { data, height: side, width: side };
};

/** Whether a program brings the pictures of a config to the same pixels as the program now, scaling them by `resize`. */
const samePixels = async ({ data, model }, resize, before, program) => {
  const now = fitTo(pictureOf(data), model.input, { resize, crop: data.crop }, data.name);
  const then = await program.fitTo(pictureOf(data), model.input, before.data, data.name);
  return now.data.equals(then.data);
};

/**
 * A record of version 1 of preprocessing as one of version 2, with the scaling that gives the same pixels: the
 * network's published one, or none. Undefined where none does, and for a run whose target map was scaled.
 */
async function rescaled(record, before, program) {
  const { config, versions } = record;
  if (versions.of.preprocessing === PREPROCESSING_VERSION) return undefined;
  if ((config.attack ?? []).some(({ target }) => target !== undefined && target !== 'pairs'))
    return undefined;
  for (const resize of [defaultsOf(config.model.name).resize, 'none'])
    if (await samePixels(config, resize, before, program)) {
      const now = { ...config, data: { ...config.data, resize } };
      const of = { ...versions.of, preprocessing: PREPROCESSING_VERSION };
      const free = config.task === 'train' ? freeOf(config) : [];
      return {
        ...record,
        config: now,
        configHash: identityHash(now, of, free),
        versions: { ...versions, of },
      };
    }
  return undefined;
}

/** What a config says beside what a program used, where the two differ. */
async function mistakesIn({ config, versions }, before, program) {
  const mistakes = [];
  const compare = (field, says, used) => {
    if (!isDeepStrictEqual(JSON.parse(JSON.stringify(says)), JSON.parse(JSON.stringify(used))))
      mistakes.push(`config.${field}: ${JSON.stringify(says)}, expected ${JSON.stringify(used)}`);
  };
  const network = program.networkOf(before.model.name, before.model);
  const [first] = network.layers;
  const { height, width } = network;
  const { scale, mean, std } = first;
  compare('model.input', config.model.input, { height, width, scale, mean, std });
  compare('model.classes', config.model.classes, network.classes);
  const layers = ({ layers }) =>
    layers.map(({ kind, shape, stride, window }) => ({ kind, shape, stride, window }));
  compare('model', layers(networkOf(config.model.name, config.model)), layers(network));
  if (config.task === 'train')
    compare('activation', config.activation, before.activation ?? network.activation);

  if (versions.of.preprocessing === PREPROCESSING_VERSION)
    compare(
      'data.resize: the same pixels',
      await samePixels(config, config.data.resize, before, program),
      true,
    );

  const own = network.activation;
  const beta = (activation) =>
    typeof activation !== 'object' || isDeepStrictEqual(activation, own)
      ? 'none'
      : 'from' in activation
        ? { from: activation.from, to: activation.to }
        : activation.softplus;
  const explain = before.explain ?? [];
  for (const [i, item] of explain.entries()) {
    const { smooth, surrogate } = config.explain[i];
    const says = (smooth ?? surrogate).beta ?? surrogate;
    compare(`explain.${i}.surrogate`, says, beta(program.surrogateOf(before, item, own)));
  }
  for (const [i, item] of (config.attack ?? []).entries()) {
    if (item.name !== 'match-target') continue;
    for (const [n, explained] of explain.entries()) {
      const { id = explained.name } = explained;
      const says = item.directions[id];
      if (says === undefined) continue;
      const attack = before.attack[i];
      const used = beta(program.directionOf(before, attack, explain[n], own));
      compare(`attack.${i}.directions.${id}.beta`, says.beta, used);
      compare(`attack.${i}.directions.${id}.rate`, says.rate, program.rateOf(attack, explain[n]));
    }
  }
  return mistakes;
}

/** Names of images in CIFAR-10 begin with its split. */
function splitMistakes(file, { data }) {
  const table = path.join(packageRoot, path.dirname(file), 'results.csv');
  if (data?.name !== 'cifar-10' || !existsSync(table)) return [];
  const [head, line] = readFileSync(table, 'utf8').split('\n');
  const image = line.split(',')[head.split(',').indexOf('image')];
  return image.startsWith(`${data.split}-`)
    ? []
    : [`config.data.split: "${data.split}", expected that of image ${image}`];
}

/** A record of form 1 as one of form 2. */
async function upgraded(before) {
  const config = await resolved(before);
  const trained = config.task === 'train';
  const versions = trained
    ? trainingVersions
    : tasks.find(({ name }) => name === config.task).versions(config);
  const free = trained ? freeOf(config) : [];
  const { weights, patterns = [], head, data, images } = before;
  const training = head?.trainingImages;
  const inputs = [
    ...(weights === undefined ? [] : [{ of: 'weights', ...weights }]),
    ...patterns.map((pattern) => ({ of: 'patterns', ...pattern })),
    ...(training === undefined
      ? []
      : [{ of: 'training images', file: config.training.name, sha256: training.sha256 }]),
  ];
  const { testImages, ...dataset } = data;
  return {
    form: 2,
    config,
    configHash: identityHash(config, versions, free),
    versions: { ...before.versions, of: versions },
    engine: before.engine,
    inputs,
    data: dataset,
    ...(head === undefined
      ? {}
      : { prepared: { ...head, trainingImages: { asked: training.asked, used: training.used } } }),
    start: before.start,
    end: before.end,
    ...(trained
      ? {
          outcome: {
            epochs: before.epochs,
            testImages,
            testAccuracy: before.testAccuracy,
            secondsPerEpoch: before.secondsPerEpoch,
            flopsPerEpoch: before.flopsPerEpoch,
          },
        }
      : { units: images }),
  };
}

/** What a record says beside what the programs that computed its rows used. */
async function sourceMistakes(file, now, { record, commits }) {
  const mistakes = splitMistakes(file, now.config);
  for (const commit of commits)
    mistakes.push(...(await mistakesIn(now, record.config, await programAt(commit))));
  return [...new Set(mistakes)].map((mistake) => `${mistake}, as at ${commits.join(' and ')}`);
}

/** A record of version 1 of preprocessing as one of version 2, where both give the same pixels. */
const rescaledAs = async ({ record, commits }, now) =>
  rescaled(now, record.config, await programAt(commits[0]));

const checking = process.argv.includes('--check');
let wrong = 0;
for (const file of records) {
  const now = JSON.parse(readFileSync(path.join(packageRoot, file), 'utf8'));
  const origin = originOf(file);
  // a run that was first recorded in form 2 has said everything itself
  const computed = origin !== undefined && origin.record.start === now.start ? origin : undefined;
  const whole = now.form === undefined ? await upgraded(now) : now;
  let next = computed === undefined ? whole : ((await rescaledAs(computed, whole)) ?? whole);
  const mistakes = computed === undefined ? [] : await sourceMistakes(file, next, computed);
  if (next.form === 3) mistakes.push(...(await hashMistakes(file, next)));
  else if (!checking && mistakes.length === 0)
    try {
      const hashed = await withHashes(file, next);
      next = hashed.next;
      if (hashed.images !== undefined) writeImages(file, hashed.images);
    } catch (error) {
      mistakes.push(error.message);
    }
  for (const mistake of mistakes) {
    wrong++;
    console.log(`${file}: ${mistake}`);
  }
  if (checking || mistakes.length > 0 || next === now) continue;
  writeFileSync(path.join(packageRoot, file), `${JSON.stringify(next, null, 2)}\n`);
  console.log(`${file}: written`);
}
console.log(`${records.length} records, ${wrong} mistakes`);
process.exitCode = wrong > 0 ? 1 : 0;
