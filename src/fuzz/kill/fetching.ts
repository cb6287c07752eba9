// `fragile fetch` of a file and of an archive from a server on this machine, as a process that can be killed. Its
// arguments are the server's address, the data root, and the hashes of the two.
import { fetchCommand } from '../../cli/fetch.js';
import { type Remote, remotes } from '../../fetch/registry.js';

const [address, data, fileHash, archiveHash] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];

const remote = (name: string, file: string, hash: string): Remote => ({
  ...remotes[name]!,
  url: `${address}${file}`,
  digest: { algorithm: 'sha256', begins: hash },
});

process.exitCode = await fetchCommand(
  ['resnet18', 'cifar-10'],
  { data, quiet: true, pause: 10 },
  {
    resnet18: remote('resnet18', 'file.pth', fileHash),
    'cifar-10': remote('cifar-10', 'archive.tar.gz', archiveHash),
  },
);
