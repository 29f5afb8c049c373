/** `mamba-ts/node`: checkpoints as files: the hub and its cache, folders of any format, conversion. */
export { CheckpointError } from '../checkpoint/checkpoint-error.ts';
export { type ConvertOptions, convertModel } from '../checkpoint/convert.node.ts';
export { type FileSource, openFileSource } from '../checkpoint/file-source.node.ts';
export { type CheckpointFolder, type OpenFolderOptions, openFolder } from '../checkpoint/open-folder.node.ts';
export * from '../hub/index.node.ts';
export { type FoundModel, findModel, NoModelError } from './find-model.node.ts';
