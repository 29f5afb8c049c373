/** The module's two entries; everything else is reached through operation records. */
export { run, work } from './run';
