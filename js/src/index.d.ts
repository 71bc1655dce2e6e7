/** Decodes .pcb files: point clouds as short binary codes. */

type Bytes = ArrayBuffer | ArrayBufferView;

export class PcbinError extends Error {}
/** The bytes are not those of a file that this package reads. */
export class FormatError extends PcbinError {}
export class NotPcb extends FormatError {}
export class UnsupportedVersion extends FormatError {}
export class Truncated extends FormatError {}
export class Checksum extends FormatError {}
export class Limit extends FormatError {}
export class ModelError extends PcbinError {}
export class ModelNotFound extends ModelError {}
export class WeightsCorrupt extends ModelError {}

/** Where a decoded cloud x belongs: (R x) * scale + center. rotation: a unit quaternion x, y, z, w. */
export interface Pose {
  center: [number, number, number];
  scale: number;
  rotation: [number, number, number, number] | null;
}

export type Metadata = { [key: string]: unknown };

/** One cloud or image of a file, not yet decoded. */
export interface Cloud {
  /** 16 hexadecimal digits: the first 8 bytes of the model's SHA-256. */
  modelId: string;
  /** Latent i is bit i mod 8, from the lowest, of byte i div 8; null where only a model not passed can tell. */
  code: Uint8Array | null;
  pose: Pose | null;
  /** null where there is none. */
  metadata: Metadata | null;
}

export interface Pcb {
  version: [number, number];
  layout: "single" | "archive";
  /** Of each code; the most bits where an archive's codes differ. */
  codeBits: number;
  poseKind: "none" | "float32" | "float64";
  modelId: string;
  /** Of an archive as a whole. */
  metadata: Metadata | null;
  clouds: Cloud[];
}

export interface ReadOptions {
  /** For entropy-coded codes. */
  models?: Model[];
}

/** Everything in a .pcb file, checked. Throws FormatError. */
export function readPcb(data: Bytes, options?: ReadOptions): Pcb;

/** A frozen model, its weights checked against their SHA-256. Throws WeightsCorrupt, UnsupportedVersion. */
export class Model {
  constructor(data: Bytes);
  readonly sha256: string;
  /** What .pcb files call the model: the first 16 digits of `sha256`. */
  readonly id: string;
  readonly name: string;
  readonly info: Metadata;
  readonly kind: "global" | "cells" | "image";
  /** The most bits of a code. */
  readonly bits: number;
  /** The fewest; `bits` where prefixes of a code are no codes. */
  readonly shortest: number;
  /** Points that come out; 0 for models of images. */
  readonly points: number;
  /**
   * Normalised points, x, y, z of one after another, or the pixels of an image from 0 to 1, row after row.
   *
   * @param code A whole code, or the first bytes of a nested one.
   * @param points With cell codes: how many; there are fewer where the cells cannot hold so many.
   */
  decode(code: Uint8Array, points?: number): Float32Array;
}

/** What the first bits of a code say. */
export interface Refinement {
  bits: number;
  /** Of the cells, with cell codes. */
  level?: number;
  /** Normalised, as those of `Model.decode`. */
  points(): Float32Array;
}

/** The prefixes of a code that decode, coarse to fine; the last one is the whole code. */
export function refinements(model: Model, code: Uint8Array): Refinement[];

/** Normalised points in their place. */
export function place(points: ArrayLike<number>, pose: Pose | null): Float64Array;

/** The model that coded a cloud. Throws ModelNotFound. */
export function modelOf(cloud: Pick<Cloud, "modelId">, models: Model[]): Model;

/** Reads, decodes and places the cloud of a file; of an archive, the one at `index`. */
export function decompress(
  data: Bytes,
  models: Model[],
  options?: { index?: number },
): { points: Float64Array; model: Model; metadata: Metadata | null };
