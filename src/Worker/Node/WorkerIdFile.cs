namespace MlxVideo.Worker.Node;

/// <summary>
/// The worker's id in its data folder, with the place that it was made for: a folder that was copied to another path or
/// machine gets an id of its own, so that two workers never share one.
/// </summary>
public static class WorkerIdFile
{
    private const string Name = "worker-id";

    /// <summary>Reads the id of a data folder; makes one when there is none, or when the folder is a copy.</summary>
    /// <param name="dataFolder">The folder; created if missing.</param>
    /// <param name="machine">This machine (<see cref="MachineIdentity"/>).</param>
    public static string ReadOrCreate(string dataFolder, string machine)
    {
        Directory.CreateDirectory(dataFolder);
        var file = Path.Combine(dataFolder, Name);
        var place = $"{machine} {RealPath(dataFolder)}";
        var lines = File.Exists(file) ? File.ReadAllLines(file) : [];
        if (lines is [{ Length: > 0 } known, var madeFor] && Guid.TryParseExact(known, "N", out _) && madeFor == place)
            return known;
        // Ids of older versions have no place and stay; whether they were copied nobody can tell any more.
        var id = lines is [var old] && Guid.TryParseExact(old.Trim(), "N", out _) ? old.Trim() : Guid.NewGuid().ToString("N");
        var partial = $"{file}.partial";
        File.WriteAllText(partial, $"{id}\n{place}\n");
        File.Move(partial, file, overwrite: true);
        return id;
    }

    /// <summary>The path without symbolic links, so that every way to a folder has one name.</summary>
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
