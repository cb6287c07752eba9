// The command line. Each command loads what it needs when it is called, so that `--help` is quick.
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { packageVersion } from '../package.js';
import { print, tell, tellFailure } from './say.js';
import { status } from './status.js';
import { pictureAmong } from './swallowed.js';

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('expected a whole number from 1');
  return value;
};

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** Gathers the values of an option that takes several; the first takes the place of the default. */
const several = () => {
  let given: string[] | undefined;
  return (text: string): string[] => {
    given = [...(given ?? []), text];
    return given;
  };
};

/** The options of the commands that look at one picture. */
const onPicture = (command: Command): Command =>
  command
    .argument('[picture]', 'a picture of any size: PNG, JPEG, WebP, TIFF')
    .option('--model <name>', 'network; the default comes with its weights', 'cifar-cnn')
    .option('--method <name...>', 'explanations', several(), ['gradient'])
    .option(
      '--target <class>',
      'class that is explained: predicted, label, runner-up, a number or a name (default: predicted)',
    )
    .option(
      '--set <field=value>',
      'change a field of the config, such as explain.0.smooth.beta=0.8 (repeatable)',
      collect,
    )
    .option('--data <dir>', 'data root (default: $FRAGILE_DATA, else ./data)');

/** Ends the program with a status. */
type Exit = (code: number) => void;

/** Commands on experiments and on their results. */
function experiments(root: Command, exit: Exit): void {
  root
    .command('run')
    .description('run an experiment; one that was interrupted continues where it stopped')
    .argument('<config>', 'experiment in YAML')
    .option('--out <dir>', 'output folder instead of the one in the config')
    .option('--limit <n>', 'use at most this many images', positive)
    .option(
      '--set <field=value>',
      'change a field of the config, such as attack.0.iterations=60 (repeatable)',
      collect,
    )
    .option('--data <dir>', 'data root (default: $FRAGILE_DATA, else ./data)')
    .option('--workers <n>', 'worker processes (default: one per usable core)', positive)
    .option('--fresh', 'replace the results of an earlier run in the output folder')
    .option('--dry-run', 'print the plan with an estimate of time and memory, and stop')
    .option('--quiet', 'no progress')
    .action(async (config: string, options) =>
      exit(await (await import('./run.js')).runCommand(config, options)),
    );

  root
    .command('score')
    .description("compute a run's metrics again from the images it kept, and compare")
    .argument('<dir>', 'output folder of a run with save: { images: N }')
    .option('--k <n>', 'pixels of the top-k intersection (default: those of the run)', positive)
    .option('--data <dir>', 'data root (default: $FRAGILE_DATA, else ./data)')
    .option('--quiet', 'no progress')
    .action(async (folder: string, options) =>
      exit(await (await import('./score.js')).scoreCommand(folder, options)),
    );

  root
    .command('report')
    .description('write a page with the figures, tables and pictures of runs')
    .argument('<dir...>', 'output folders of runs, or folders that hold some')
    .option('--out <html>', 'the page', 'report.html')
    .option('--svg <dir>', 'folder for each figure as SVG')
    .option('--png <dir>', 'folder for each figure as PNG')
    .option('--no-pictures', 'leave out kept images, which may not be free to pass on')
    .option(
      '--data <dir>',
      'data root, for the names of classes (default: $FRAGILE_DATA, else ./data)',
    )
    .option('--fresh', 'replace existing files that are no reports or figures')
    .action(async (folders: string[], options) =>
      exit(await (await import('./report.js')).reportCommand(folders, options)),
    );

  root
    .command('regions')
    .description("draw the superpixels of a config's images with the numbers to pick them by")
    .argument('<config>', 'experiment in YAML with an attack on a superpixel')
    .option('--out <dir>', 'folder for regions/ instead of the one in the config')
    .option('--limit <n>', 'use at most this many images', positive)
    .option('--set <field=value>', 'change a field of the config (repeatable)', collect)
    .option('--data <dir>', 'data root (default: $FRAGILE_DATA, else ./data)')
    .action(async (config: string, options) =>
      exit(await (await import('./regions.js')).regionsCommand(config, options)),
    );
}

/** Commands on one picture. */
function pictures(root: Command, exit: Exit): void {
  onPicture(
    root
      .command('explain')
      .description("draw the explanations of a network's prediction for a picture"),
  )
    .option(
      '--out <png>',
      'file to draw (default: <picture>-explained.png); maps are written beside it',
    )
    .option('--fresh', 'replace existing files')
    .action(async (given: string | undefined, options) => {
      const picture = pictureAmong('explain', given, [options.method]);
      exit(await (await import('./explain.js')).explainCommand(picture, options));
    });

  onPicture(
    root.command('attack').description('attack the explanation of a picture and draw the result'),
  )
    .option('--attack <name...>', 'attacks', several(), ['top-k'])
    .option(
      '--epsilon <number...>',
      'largest change of a pixel, in gray levels of 0..255, as 8 or 8/255 (default: 8; match-target is not bounded without it)',
      several(),
    )
    .option('--out <dir>', 'output folder (default: <picture>-attacked)')
    .option('--workers <n>', 'worker processes (default: one per usable core)', positive)
    .option('--fresh', 'replace the results of an earlier attack in the output folder')
    .option('--quiet', 'no progress')
    .action(async (given: string | undefined, options) => {
      const { method, attack, epsilon } = options;
      const picture = pictureAmong('attack', given, [method, attack, epsilon]);
      exit(await (await import('./attack.js')).attackCommand(picture, options));
    });
}

/** Commands on networks. */
function networks(root: Command, exit: Exit): void {
  root
    .command('evaluate')
    .description("print a network's top-1 and top-5 accuracy on a data set")
    .requiredOption('--model <name>', 'network, such as squeezenet1_1')
    .requiredOption('--dataset <name>', 'data set, such as imagenet')
    .option('--limit <n>', 'use at most this many images', positive)
    .option(
      '--set <field=value>',
      'change a field of the config, such as model.pool=floor (repeatable)',
      collect,
    )
    .option('--data <dir>', 'data root (default: $FRAGILE_DATA, else ./data)')
    .option('--workers <n>', 'worker processes (default: one per usable core)', positive)
    .option('--quiet', 'no progress')
    .action(async (options) =>
      exit(await (await import('./evaluate.js')).evaluateCommand(options)),
    );

  root
    .command('train')
    .description('train a network; one that was interrupted continues from its checkpoint')
    .argument('<config>', 'training in YAML')
    .option('--out <dir>', 'output folder instead of the one in the config')
    .option('--set <field=value>', 'change a field of the config (repeatable)', collect)
    .option('--data <dir>', 'data root (default: $FRAGILE_DATA, else ./data)')
    .option('--workers <n>', 'threads (default: one per usable core)', positive)
    .option('--fresh', 'replace the results of an earlier training in the output folder')
    .option('--quiet', 'no progress')
    .action(async (config: string, options) =>
      exit(await (await import('./train.js')).trainCommand(config, options)),
    );

  root
    .command('patterns')
    .description('learn the patterns that pattern-attribution needs from the images of a data set')
    .requiredOption('--model <name>', 'network, such as squeezenet1_1')
    .requiredOption('--dataset <name>', 'data set, such as imagenet')
    .option('--limit <n>', 'use at most this many images, from all over the data set', positive)
    .option(
      '--out <file>',
      'file to write (default: weights/<model>.patterns.safetensors in the data root)',
    )
    .option(
      '--set <field=value>',
      'change a field of the config, such as data.split=train (repeatable)',
      collect,
    )
    .option('--data <dir>', 'data root (default: $FRAGILE_DATA, else ./data)')
    .option('--workers <n>', 'threads (default: one per usable core)', positive)
    .option('--fresh', 'replace an existing file that holds no patterns')
    .option('--quiet', 'no progress')
    .action(async (options) =>
      exit(await (await import('./patterns.js')).patternsCommand(options)),
    );
}

/** Commands that list the contents of the program, the machine and the data root. */
function inventory(root: Command, exit: Exit): void {
  root
    .command('doctor')
    .description('print the engines and devices found here, with a check of each, and the data')
    .option(
      '--model <name>',
      'print the scale of its activations instead, and how it fares with softplus, to choose β by',
    )
    .option('--dataset <name>', 'data set of the images for --model (default: embedded)')
    .option(
      '--set <field=value>',
      'change a field of the config of --model, such as model.width=0.5 (repeatable)',
      collect,
    )
    .option('--data <dir>', 'data root (default: $FRAGILE_DATA, else ./data)')
    .action(async (options) => exit(await (await import('./doctor.js')).doctorCommand(options)));

  root
    .command('fetch')
    .description('bring weights and data sets into the data root from their publishers')
    .argument('[name...]', 'files and data sets to fetch; without a name, a list of them')
    .option('--data <dir>', 'data root (default: $FRAGILE_DATA, else ./data)')
    .option('--quiet', 'no progress')
    .action(async (names: string[], options) =>
      exit(await (await import('./fetch.js')).fetchCommand(names, options)),
    );

  root
    .command('convert')
    .description("make a network's weights from those of the Caffe release of SqueezeNet")
    .argument('<file>', 'a Caffe model of SqueezeNet 1.0 or 1.1 (.caffemodel)')
    .option('--out <file>', 'file to write (default: weights/<model>.safetensors in the data root)')
    .option('--data <dir>', 'data root (default: $FRAGILE_DATA, else ./data)')
    .option('--fresh', 'replace an existing file')
    .action(async (file: string, options) =>
      exit(await (await import('./convert.js')).convertCommand(file, options)),
    );

  root
    .command('list')
    .description('list models, methods, attacks, metrics, the data root, and what can be fetched')
    .option('--data <dir>', 'data root (default: $FRAGILE_DATA, else ./data)')
    .action(async (options) => exit(await (await import('./list.js')).listCommand(options)));

  root
    .command('schema')
    .description('print the JSON Schema of configs, for editors')
    .action(async () => {
      const { configSchema } = await import('../tasks/index.js');
      print(`${JSON.stringify(configSchema(), null, 2)}\n`);
    });
}

function program(exit: Exit): Command {
  const root = new Command('fragile')
    .description('Attacks on explanations of neural networks: an experiment runner.')
    .version(packageVersion())
    .exitOverride()
    .showHelpAfterError(false);
  for (const add of [experiments, pictures, networks, inventory]) add(root, exit);
  return root;
}

/** Runs a command line and gives its exit status; everything but results goes to stderr. */
export async function main(argv: readonly string[]): Promise<number> {
  let code: number = status.done;
  try {
    const root = program((c) => {
      code = c;
    });
    for (const command of [root, ...root.commands])
      command.exitOverride().configureOutput({
        // a mistake is one line, with a suggestion at its end
        outputError: (text) =>
          tell(
            text
              .replace(/^error: /, '')
              .trimEnd()
              .replaceAll('\n', ' '),
          ),
      });
    await root.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    // commander has printed its message
    if (error instanceof CommanderError) return error.exitCode === 0 ? status.done : status.mistake;
    return tellFailure(error);
  }
}
