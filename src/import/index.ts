// The door of the room: networks from ONNX files.
export {
  type ColorOrder,
  type InputForm,
  inputColors,
  type Layout,
  type PresetName,
  presets,
} from './input.js';
export { type ModelFile, readModel } from './model-file.js';
export {
  IMPORT_VERSION,
  type Imported,
  type ImportOptions,
  importNetwork,
  type Squashing,
} from './network.js';
