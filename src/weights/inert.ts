// What checkpoints hold beside tensors: settings, numbers of NumPy, dates, paths. A pickle names their classes. Objects
// of these classes are skipped and never built, since no weight depends on them.

/** Classes and functions by module, which may stand in any file of weights. */
const inert: Readonly<Record<string, string>> = {
  __builtin__:
    'bool bytearray bytes complex dict float frozenset int list long object set slice str tuple unicode xrange',
  builtins:
    'bool bytearray bytes complex dict float frozenset int list object range set slice str tuple',
  _codecs: 'encode',
  argparse: 'Namespace',
  collections: 'Counter deque',
  copy_reg: '_reconstructor',
  copyreg: '_reconstructor',
  datetime: 'date datetime time timedelta timezone',
  decimal: 'Decimal',
  easydict: 'EasyDict',
  fractions: 'Fraction',
  'lightning.fabric.utilities.data': 'AttributeDict',
  'lightning_fabric.utilities.data': 'AttributeDict',
  'pytorch_lightning.utilities.parsing': 'AttributeDict',
  numpy: 'bool_ dtype float16 float32 float64 int16 int32 int64 int8 ndarray uint8',
  'numpy._core.multiarray': '_reconstruct scalar',
  'numpy.core.multiarray': '_reconstruct scalar',
  'omegaconf.base': 'ContainerMetadata Metadata',
  'omegaconf.dictconfig': 'DictConfig',
  'omegaconf.listconfig': 'ListConfig',
  'omegaconf.nodes': 'AnyNode',
  pathlib: 'Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath',
  'pathlib._local': 'Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath',
  torch:
    'Size Tensor bfloat16 bool channels_last contiguous_format device float16 float32 float64 int16 int32 int64 int8 preserve_format strided uint8',
  'torch.nn.parameter': 'Parameter',
  'torch.torch_version': 'TorchVersion',
  'torchvision.transforms.functional': 'InterpolationMode',
  types: 'SimpleNamespace',
  typing: 'Any',
  uuid: 'UUID',
  'yacs.config': 'CfgNode',
};

/** Whether objects of a class may be skipped: one of the above, NumPy's types, or one of the script that saved the file, such as an enumeration. */
export function isInert(module: string, name: string): boolean {
  if (module === '__main__') return true;
  if (module === 'numpy.dtypes') return name.endsWith('DType');
  return Object.hasOwn(inert, module) && inert[module]!.split(' ').includes(name);
}
