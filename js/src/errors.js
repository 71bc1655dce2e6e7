// The errors of this package; messages end with the remedy.

export class PcbinError extends Error {
  get name() {
    return this.constructor.name;
  }
}
/** The bytes are not those of a file that this package reads. */
export class FormatError extends PcbinError {}
/** Not a .pcb file at all. */
export class NotPcb extends FormatError {}
/** Only a later version knows it. */
export class UnsupportedVersion extends FormatError {}
/** The end of the file is missing. */
export class Truncated extends FormatError {}
/** The bytes are damaged. */
export class Checksum extends FormatError {}
/** More than the format allows. */
export class Limit extends FormatError {}
/** Something about a model. */
export class ModelError extends PcbinError {}
/** None of the models at hand is the one that the file names. */
export class ModelNotFound extends ModelError {}
/** The model file breaks a rule of the format. */
export class WeightsCorrupt extends ModelError {}
