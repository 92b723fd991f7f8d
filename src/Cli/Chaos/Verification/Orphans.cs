using MlxVideo.Cli.Chaos.Processes;

namespace MlxVideo.Cli.Chaos.Verification;

/// <summary>Finds processes of a farm that outlived the daemon that started them: engines and ffmpeg.</summary>
internal static class Orphans
{
    /// <summary>Returns the processes that belong to a farm, but do not descend from a running daemon.</summary>
    /// <param name="root">Folder of the farm; the environment of all its processes contains it.</param>
    /// <param name="daemons">Ids of the running daemons.</param>
    public static IReadOnlyList<ProcessEntry> Of(ProcessTable table, string root, IEnumerable<int> daemons)
    {
        var owned = daemons.SelectMany(id => table.DescendantsOf(id).Select(process => process.Id).Prepend(id)).ToHashSet();
        return table.Processes.Where(process => process.Environment.Contains(root, StringComparison.Ordinal) && !owned.Contains(process.Id))
            .ToList();
    }
}
