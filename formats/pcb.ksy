meta:
  id: pcb
  title: pcbin codes of 3D objects, version 1
  file-extension: pcb
  license: Apache-2.0
  endian: le
  bit-endian: le
doc: |
  A learned binary code of a 3D object, or an archive of them. Normative text: pcb-v1.md.
  Checksums, zstd, msgpack and entropy coding are left to the program. Bytes behind the archive (an unfinished append) are not read.
seq:
  - id: header
    type: header
  - id: single
    type: single
    if: not header.is_archive
  - id: archive
    type: archive
    if: header.is_archive
types:
  header:
    seq:
      - id: magic
        contents: [0x89, PCB]
      - id: major
        type: u1
        valid: 1
      - id: minor
        type: u1
      - id: code_bytes_minus_1
        type: b9
      - id: is_archive
        type: b1
      - id: pose
        type: b2
        enum: pose_kind
        valid:
          any-of: [pose_kind::none, pose_kind::float32, pose_kind::float64]
      - id: has_metadata
        type: b1
      - id: encoding
        type: b2
        valid:
          expr: '_ <= (is_archive ? 0 : 1)'
        doc: Of the code of a single file; 0 raw, 1 entropy coded.
      - id: has_rotation
        type: b1
        valid:
          expr: 'not _ or pose != pose_kind::none'
        doc: Of every pose; since version 1.1.
      - id: model_id
        size: 8
    instances:
      code_bytes:
        value: code_bytes_minus_1 + 1
      code_bits:
        value: 8 * code_bytes
      pose_bytes:
        value: '(pose == pose_kind::none ? 0 : pose == pose_kind::float32 ? 16 : 28) + (has_rotation ? 8 : 0)'
  single:
    seq:
      - id: code
        size: _root.header.code_bytes
        if: _root.header.encoding == 0
        doc: Bit i is latent i, bit i mod 8 of byte i div 8, counted from the least significant.
      - id: pose
        type: pose
        if: _root.header.pose != pose_kind::none
      - id: metadata
        type: metadata
        if: _root.header.has_metadata
      - id: coded
        size: _io.size - _io.pos - 4
        if: _root.header.encoding == 1
        doc: The code, entropy coded (pcb-v1.md, section 8.3); fewer bytes than code_bytes.
      - id: crc32
        type: u4
        doc: Of all bytes before.
  pose:
    seq:
      - id: center
        type:
          switch-on: _root.header.pose
          cases:
            pose_kind::float32: f4
            pose_kind::float64: f8
        repeat: expr
        repeat-expr: 3
      - id: scale
        type: f4
      - id: rotation
        type: s2
        repeat: expr
        repeat-expr: 4
        if: _root.header.has_rotation
        doc: A quaternion x, y, z, w times 32767, w the real part.
  metadata:
    seq:
      - id: len_stored
        type: b31
        valid:
          max: 16777216
      - id: is_zstd
        type: b1
      - id: stored
        size: len_stored
        doc: A msgpack map, or zstd of one.
  archive:
    seq:
      - id: commit
        type: commit
      - id: sections
        type: section
        repeat: until
        repeat-until: 'commit.is_streamed ? _.kind == "END " : _io.pos == commit.committed_size'
  commit:
    seq:
      - id: committed_size
        type: u8
      - id: num_clouds
        type: u8
      - id: crc32
        type: u4
        doc: Of bytes 0 to 31.
    instances:
      is_streamed:
        value: committed_size == 0xffff_ffff_ffff_ffff
  section:
    seq:
      - id: kind
        type: str
        size: 4
        encoding: ASCII
      - id: len_body
        type: u8
      - id: body
        size: len_body
        type:
          switch-on: kind
          cases:
            '"META"': meta_body
            '"CHNK"': chunk_body
            '"INDX"': index_body
            '"END "': end_body
            '"hash"': hash_body
      - id: crc32
        type: u4
        doc: Of kind, len_body and body.
  meta_body:
    seq:
      - id: codec
        type: u1
        enum: encoding
        valid:
          any-of: [encoding::raw, encoding::zstd]
      - id: stored
        size-eos: true
  hash_body:
    doc: Optional; the whole SHA-256 of models whose first 8 bytes are ids.
    seq:
      - id: sha256
        size: 32
        repeat: eos
  chunk_body:
    seq:
      - id: count
        type: u4
        valid:
          min: 1
          max: 65536
      - id: num_columns
        type: u1
        valid:
          min: 1
          max: 4
      - id: columns
        type: column
        repeat: expr
        repeat-expr: num_columns
      - id: stored
        size: columns[_index].len_stored
        type:
          switch-on: columns[_index].layout
          cases:
            12: codes_of_lengths
            32: models
            _: other
        repeat: expr
        repeat-expr: num_columns
  column:
    seq:
      - id: kind
        type: u1
        enum: column_kind
        valid:
          in-enum: true
      - id: encoding
        type: u1
        enum: encoding
        valid:
          in-enum: true
      - id: len_stored
        type: u4
    instances:
      layout:
        value: kind.to_i * 8 + encoding.to_i
        doc: 12 codes of different lengths, 32 raw models; others are left to the program.
  other:
    seq:
      - id: data
        size-eos: true
  codes_of_lengths:
    doc: Since version 1.1.
    seq:
      - id: len_codes
        type: u2
        valid:
          min: 1
          max: _root.header.code_bytes
        repeat: expr
        repeat-expr: _parent.count
      - id: codes
        size: len_codes[_index]
        repeat: expr
        repeat-expr: _parent.count
  models:
    doc: Since version 1.1; what zstd of a models column unpacks to, too.
    seq:
      - id: num_models
        type: u1
        valid:
          min: 1
      - id: ids
        size: 8
        repeat: expr
        repeat-expr: num_models
      - id: which
        type: u1
        valid:
          max: num_models - 1
        repeat: expr
        repeat-expr: _parent.count
        doc: Of the ids, that of each cloud's model.
  index_body:
    seq:
      - id: ofs_previous
        type: u8
        doc: Of the INDX section whose chunks come first; 0 for none.
      - id: num_entries
        type: u4
      - id: entries
        type: entry
        repeat: expr
        repeat-expr: num_entries
  entry:
    seq:
      - id: ofs_chunk
        type: u8
      - id: count
        type: u4
  end_body:
    seq:
      - id: ofs_index
        type: u8
      - id: num_clouds
        type: u8
enums:
  pose_kind:
    0: none
    1: float32
    2: float64
  column_kind:
    1: codes
    2: poses
    3: metadata
    4: models
  encoding:
    0: raw
    1: zstd
    2: planes_zstd
    3: entropy
    4: lengths
