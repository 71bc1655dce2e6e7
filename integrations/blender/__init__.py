"""Blender: import and export of .pcb files, and the shapes of a folder or an index that are like an object.

pcbin decodes and encodes with NumPy alone, which Blender brings along; `build.py` bundles pcbin itself and
what it needs. Blender's z axis points up; a .pcb file has y up unless it was encoded with `--up z`, and both
stand upright here.
"""

from pathlib import Path
from types import SimpleNamespace

import bpy
import numpy as np
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    StringProperty,
)
from bpy_extras.io_utils import ExportHelper, ImportHelper

SAMPLES = 2048
"""Points that are drawn from a surface: as many as the models take."""

UPS = (
    ("z", "Upright", "What the model has as up points up in Blender, along z"),
    ("y", "As in the file", "Coordinates as they are: the file's y axis is Blender's y axis"),
)


def add_points(context, name, points):
    """A new object of vertices alone, which is selected and active."""
    points = np.ascontiguousarray(points, np.float32)
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(points))
    mesh.vertices.foreach_set("co", points.reshape(-1))
    mesh.update()
    found = bpy.data.objects.new(name, mesh)
    context.collection.objects.link(found)
    found.select_set(True)
    context.view_layer.objects.active = found
    return found


def surface_of(context, found):
    """The evaluated triangles of an object, in world coordinates; its vertices where it has no faces."""
    evaluated = found.evaluated_get(context.evaluated_depsgraph_get())
    mesh = evaluated.to_mesh()
    try:
        vertices = np.empty(3 * len(mesh.vertices), np.float32)
        mesh.vertices.foreach_get("co", vertices)
        mesh.calc_loop_triangles()
        faces = np.empty(3 * len(mesh.loop_triangles), np.int32)
        mesh.loop_triangles.foreach_get("vertices", faces)
    finally:
        evaluated.to_mesh_clear()
    world = np.array(found.matrix_world)
    placed = vertices.reshape(-1, 3).astype(np.float64) @ world[:3, :3].T + world[:3, 3]
    return SimpleNamespace(vertices=placed, faces=faces.reshape(-1, 3))


def cloud_of(context, found):
    """(N, 3) points of an object, drawn by area as pcbin draws them from files with faces."""
    import pcbin.formats.clouds

    return pcbin.formats.clouds.cloud_of(surface_of(context, found), samples=SAMPLES, what=found.name).points


def has_points(found):
    """Whether an object has a surface or points that can be coded."""
    return found is not None and found.type in {"MESH", "CURVE", "SURFACE", "META", "FONT"}


def read_file(path):
    """(N, 3) points of a .pcb file of one cloud, or of another cloud or mesh file, with y up."""
    import pcbin
    from pcbin.formats.clouds import read_cloud

    if path.suffix.lower() != ".pcb":
        return read_cloud(path, samples=SAMPLES).points
    with pcbin.open(path) as archive:
        return archive[0]


class Reporting:
    """Turns pcbin's errors, which say what to do, into Blender's reports."""

    def execute(self, context):
        """Does the operator's work."""
        try:
            import pcbin
        except ImportError as error:
            self.report({"ERROR"}, f"pcbin is not installed in Blender's Python ({error})")
            return {"CANCELLED"}
        try:
            return self.work(context)
        except (pcbin.PcbinError, OSError) as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}


class ImportPcb(Reporting, bpy.types.Operator, ImportHelper):
    """Import the clouds of .pcb files, each as an object of vertices"""

    bl_idname = "import_scene.pcb"
    bl_label = "Import .pcb"
    bl_options = {"UNDO", "PRESET"}  # noqa: RUF012 - so does Blender

    filename_ext = ".pcb"
    filter_glob: StringProperty(default="*.pcb", options={"HIDDEN"})
    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options={"HIDDEN", "SKIP_SAVE"})
    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE"})
    up: EnumProperty(name="Stands", items=UPS, default="z")
    points: IntProperty(
        name="Points",
        default=0,
        min=0,
        max=1_000_000,
        description="64 or more; 0: as many as the model gives",
    )
    limit: IntProperty(
        name="Objects", default=100, min=1, description="At most so many of an archive are imported"
    )

    def work(self, context):
        """Reads the files that were chosen."""
        import pcbin

        names = [one.name for one in self.files if one.name]
        paths = [Path(self.directory, name) for name in names] if names else [Path(self.filepath)]
        for found in context.selected_objects:
            found.select_set(False)
        for path in paths:
            with pcbin.open(path, up=self.up) as archive:
                records = [archive.record(row) for row in range(min(len(archive), self.limit))]
                clouds = archive.restore(records, n_points=self.points or None)
                for row, (record, cloud) in enumerate(zip(records, clouds, strict=True)):
                    name = record.metadata.get(
                        "name", path.stem if len(archive) == 1 else f"{path.stem}.{row}"
                    )
                    add_points(context, str(name), cloud)
                if len(archive) > self.limit:
                    self.report({"WARNING"}, f"{path.name}: {len(archive)} objects, {self.limit} imported")
        return {"FINISHED"}


class ExportPcb(Reporting, bpy.types.Operator, ExportHelper):
    """Export the selected objects: one as a .pcb file, several as an archive"""

    bl_idname = "export_scene.pcb"
    bl_label = "Export .pcb"
    bl_options = {"PRESET"}  # noqa: RUF012

    filename_ext = ".pcb"
    filter_glob: StringProperty(default="*.pcb", options={"HIDDEN"})
    up: EnumProperty(name="Stands", items=UPS, default="z")
    model: StringProperty(name="Model", default="auto", description="auto: the best installed one")
    bits: IntProperty(
        name="Bits", default=0, min=0, max=4096, step=8, description="Of a code; 0: the model's default"
    )
    effort: IntProperty(
        name="Effort", default=1, min=0, max=9, description="How long to search for a better code"
    )

    @classmethod
    def poll(cls, context):
        """Whether anything that can be coded is selected."""
        return any(map(has_points, context.selected_objects))

    def work(self, context):
        """Writes the file, whole or not at all."""
        import pcbin
        from pcbin.formats.atomic import write_atomic

        chosen = sorted(filter(has_points, context.selected_objects), key=lambda one: one.name)
        bits = self.bits or None
        options = {"model": self.model, "bits": bits, "effort": self.effort, "up": self.up, "warn": False}
        if len(chosen) == 1:
            data = pcbin.compress(cloud_of(context, chosen[0]), metadata={"name": chosen[0].name}, **options)
            write_atomic(self.filepath, data, overwrite=True)  # Blender has asked
        else:
            with pcbin.open(self.filepath, "w", **options) as archive:
                for one in chosen:
                    archive.append(cloud_of(context, one), {"name": one.name})
        size = Path(self.filepath).stat().st_size
        self.report({"INFO"}, f"{len(chosen)} objects in {size:,} bytes")
        return {"FINISHED"}


class PcbinResult(bpy.types.PropertyGroup):
    """A shape that is like the active object."""

    path: StringProperty(description="The file it is in; empty where it is an object of the library itself")
    row: IntProperty(description="Its number in the library")
    ratio: FloatProperty(description="About 1: a copy, perhaps moved, scaled, turned or mirrored")
    mirrored: BoolProperty()


class FindSimilar(Reporting, bpy.types.Operator):
    """Find the shapes of a folder, of an index or of an archive that are most like the active object"""

    bl_idname = "pcbin.find_similar"
    bl_label = "Find similar"

    library: StringProperty(
        name="Library", subtype="FILE_PATH", description="A folder of clouds and meshes, or a .pcb file"
    )
    count: IntProperty(name="Shapes", default=8, min=1, max=100)

    @classmethod
    def poll(cls, context):
        """Whether the active object can be compared."""
        return has_points(context.active_object)

    def work(self, context):
        """Searches, and puts what it found in the panel."""
        import pcbin
        from pcbin.arrays import turned
        from pcbin.search import canonical
        from pcbin.search.similar import similar

        path = Path(bpy.path.abspath(self.library or context.window_manager.pcbin_library))
        if not path.exists():
            raise pcbin.errors.InputError(f"{path}: no such file or folder; name a library")
        failed = []
        shapes, codec, originals = shapes_in(path, lambda name, error: failed.append(name))
        points = turned(cloud_of(context, context.active_object), "z")
        results = context.window_manager.pcbin_results
        results.clear()
        surface = shapes.surfaces(lambda name, error: failed.append(name))
        for one in similar(points, shapes, codec or canonical.coder(), self.count, surface=surface):
            found = results.add()
            found.name, found.row, found.path = shapes.names[one.row], one.row, str(originals(one.row) or "")
            if one.registration is not None:
                found.ratio, found.mirrored = one.registration.ratio, one.registration.mirrored
        context.window_manager.pcbin_library = str(path)
        if failed:
            self.report({"WARNING"}, f"{len(failed)} files could not be read, {failed[0]} first")
        return {"FINISHED"}


def shapes_in(path, failed):
    """What is searched, what codes it, and the file of each shape where it has one of its own."""
    import pcbin
    from pcbin.formats.clouds import is_cloud
    from pcbin.search import canonical, shapes
    from pcbin.search.library import Library

    if path.is_dir():
        files = [one for one in sorted(path.rglob("*")) if one.is_file() and is_item(one, is_cloud)]
        if not files:
            raise pcbin.errors.InputError(f"{path}: no clouds or meshes below this folder; name another")
        codec = canonical.coder()
        found = shapes.of_files(files, read_file, codec, failed)
        return found, codec, lambda row: Path(found.names[row])
    if shapes.is_index(path):
        library = Library(path)
        codec = canonical.coder(library.model_id.hex(), bits=library.bits)
        return shapes.of_library(library, read_file), codec, library.original
    codec = canonical.coder()
    return shapes.of_archive(path, codec), codec, lambda row: None


def is_item(path, is_cloud):
    """Whether a file below a folder is searched."""
    return path.suffix.lower() == ".pcb" or is_cloud(path)


class AddSimilar(Reporting, bpy.types.Operator):
    """Add a shape that was found, as an object of vertices"""

    bl_idname = "pcbin.add_similar"
    bl_label = "Add"
    bl_options = {"UNDO"}  # noqa: RUF012

    index: IntProperty(min=0)

    def work(self, context):
        """Reads or decodes it."""
        import pcbin
        from pcbin.arrays import turned

        manager = context.window_manager
        if self.index >= len(manager.pcbin_results):
            raise pcbin.errors.InputError("no such result; search again")
        one = manager.pcbin_results[self.index]
        if one.path:
            points = read_file(Path(one.path))
        else:
            with pcbin.open(manager.pcbin_library) as archive:
                points = archive[one.row]
        add_points(context, Path(one.name).stem, turned(np.asarray(points), "z", back=True))
        return {"FINISHED"}


class PcbinPanel(bpy.types.Panel):
    """The search, in the sidebar of the 3D view."""

    bl_idname = "VIEW3D_PT_pcbin"
    bl_label = "Similar shapes"
    bl_category = "pcbin"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"

    def draw(self, context):
        """Lists the results, most alike first."""
        manager, layout = context.window_manager, self.layout
        layout.prop(manager, "pcbin_library", text="")
        layout.operator(FindSimilar.bl_idname).library = manager.pcbin_library
        for index, one in enumerate(manager.pcbin_results):
            row = layout.row()
            note = ", mirrored" if one.mirrored else ""
            row.label(text=f"{one.name}  {one.ratio:.2f}{note}")
            row.operator(AddSimilar.bl_idname, text="", icon="ADD").index = index


class PcbinDrop(bpy.types.FileHandler):
    """Files that are dropped on the 3D view."""

    bl_idname = "IO_FH_pcb"
    bl_label = ".pcb"
    bl_import_operator = ImportPcb.bl_idname
    bl_file_extensions = ".pcb"

    @classmethod
    def poll_drop(cls, context):
        """Whether a file may be dropped here."""
        return context.area is not None and context.area.type == "VIEW_3D"


CLASSES = (ImportPcb, ExportPcb, PcbinResult, FindSimilar, AddSimilar, PcbinPanel, PcbinDrop)


def import_entry(self, context):
    """In the menu File > Import."""
    self.layout.operator(ImportPcb.bl_idname, text="pcbin (.pcb)")


def export_entry(self, context):
    """In the menu File > Export."""
    self.layout.operator(ExportPcb.bl_idname, text="pcbin (.pcb)")


def register():
    """Called by Blender when the extension is enabled."""
    for one in CLASSES:
        bpy.utils.register_class(one)
    manager = bpy.types.WindowManager
    manager.pcbin_library = StringProperty(
        name="Library", subtype="FILE_PATH", description="A folder of clouds and meshes, or a .pcb file"
    )
    manager.pcbin_results = CollectionProperty(type=PcbinResult)
    bpy.types.TOPBAR_MT_file_import.append(import_entry)
    bpy.types.TOPBAR_MT_file_export.append(export_entry)


def unregister():
    """Called by Blender when it is disabled."""
    bpy.types.TOPBAR_MT_file_export.remove(export_entry)
    bpy.types.TOPBAR_MT_file_import.remove(import_entry)
    del bpy.types.WindowManager.pcbin_results
    del bpy.types.WindowManager.pcbin_library
    for one in reversed(CLASSES):
        bpy.utils.unregister_class(one)
