/**
 * Decodes .pcb files: point clouds as short binary codes.
 *
 *   const model = new Model(await (await fetch("chair.safetensors")).arrayBuffer());
 *   const { points } = decompress(await (await fetch("chair.pcb")).arrayBuffer(), [model]);
 *
 * Written from the specifications in formats/ of the pcbin repository. Types: index.d.ts.
 */

import { ModelNotFound, PcbinError } from "./errors.js";
import { Model } from "./model.js";
import { place, readPcb } from "./pcb.js";
import { refinements } from "./refinements.js";

export {
  Checksum,
  FormatError,
  Limit,
  ModelError,
  ModelNotFound,
  NotPcb,
  PcbinError,
  Truncated,
  UnsupportedVersion,
  WeightsCorrupt,
} from "./errors.js";
export { Model, place, readPcb, refinements };

/** The model that coded a cloud. */
export function modelOf(cloud, models) {
  const found = models.find((model) => model.id === cloud.modelId);
  if (!found) throw new ModelNotFound(`coded by model ${cloud.modelId}; pass that model`);
  return found;
}

/** The cloud of a .pcb file, in its place; of an archive, the one at `index`. */
export function decompress(data, models, { index = 0 } = {}) {
  const { clouds } = readPcb(data, { models });
  const cloud = clouds[index];
  if (!cloud) throw new PcbinError(`cloud ${index} of ${clouds.length}`);
  const model = modelOf(cloud, models);
  if (model.kind === "image") throw new PcbinError("the code of an image; use readPcb and Model.decode");
  return { points: place(model.decode(cloud.code), cloud.pose), model, metadata: cloud.metadata };
}
