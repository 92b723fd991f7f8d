using MlxVideo.Engine.Rendering;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;

namespace MlxVideo.Engine.Tests.Stages;

/// <summary>Runs all stages of a plan except muxing, with artefact files in a folder.</summary>
internal static class ClipStages
{
    /// <summary>Returns the artefacts' files by name.</summary>
    public static Dictionary<string, string> Run(
        StageRunner runner, RenderSettings settings, string folder, IReadOnlyDictionary<string, string>? given = null) =>
        Run(_ => runner, settings, folder, given);

    public static Dictionary<string, string> Run(
        Func<Stage, StageRunner> runnerOf, RenderSettings settings, string folder, IReadOnlyDictionary<string, string>? given = null)
    {
        Directory.CreateDirectory(folder);
        var files = new Dictionary<string, string>(given ?? new Dictionary<string, string>());
        foreach (var stage in StagePlanner.Plan(settings).Stages.Where(stage => stage is not MuxStage))
        {
            foreach (var output in stage.Outputs)
                files[output] = Path.Combine(folder, output);
            runnerOf(stage).Run(stage, files, files, progress: null, CancellationToken.None);
        }

        return files;
    }
}
