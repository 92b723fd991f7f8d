namespace MlxVideo.Worker.Node;

/// <summary>
/// The file with a worker's id in its data folder. It also records the location that the id was created for: a folder copied to another
/// path or machine gets a new id, because ids must be unique.
/// </summary>
public static class WorkerIdFile
{
    private const string Name = "worker-id";

    /// <summary>Reads the id of a data folder; creates one when there is none or when the folder is a copy.</summary>
    /// <param name="dataFolder">Created if missing.</param>
    /// <param name="machine">Identifier of this machine (<see cref="MachineIdentity"/>).</param>
    public static string ReadOrCreate(string dataFolder, string machine)
    {
        Directory.CreateDirectory(dataFolder);
        var file = Path.Combine(dataFolder, Name);
        var place = $"{machine} {RealPath(dataFolder)}";
        var lines = File.Exists(file) ? File.ReadAllLines(file) : [];
        if (lines is [{ Length: > 0 } known, var madeFor] && Guid.TryParseExact(known, "N", out _) && madeFor == place)
            return known;
        // Ids of older versions have no location and are kept, because copies can't be detected.
        var id = lines is [var old] && Guid.TryParseExact(old.Trim(), "N", out _) ? old.Trim() : Guid.NewGuid().ToString("N");
        var partial = $"{file}.partial";
        File.WriteAllText(partial, $"{id}\n{place}\n");
        File.Move(partial, file, overwrite: true);
        return id;
    }

    /// <summary>Returns the path without symbolic links, which is unique for a folder.</summary>
    private static string RealPath(string path)
    {
        var real = Path.GetPathRoot(Path.GetFullPath(path))!;
        foreach (var name in Path.GetRelativePath(real, Path.GetFullPath(path)).Split(Path.DirectorySeparatorChar))
        {
            var next = new DirectoryInfo(Path.Combine(real, name));
            real = next.ResolveLinkTarget(returnFinalTarget: true) is { } target ? RealPath(target.FullName) : next.FullName;
        }

        return real;
    }
}
