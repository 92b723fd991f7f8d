using MlxVideo.Engine.Stages;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Manifests;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Rendering;

/// <summary>
/// Runs a whole plan in this process, stage by stage, with the executors of the farm's workers. Artefacts are kept in a temporary folder.
/// </summary>
public sealed class LocalRenderer(StageRunner runner)
{
    /// <summary>Raised on the calling thread after each stage, with the files of its outputs.</summary>
    public event Action<Stage, IReadOnlyList<string>>? StageCompleted;

    /// <summary>Renders a clip; <paramref name="output"/> appears only when complete.</summary>
    /// <param name="fileOf">Returns the file of an external input of the plan.</param>
    /// <param name="output">The file to write, with the extension of the clip's encoder; an existing file is replaced.</param>
    /// <param name="progress">Called when a stage starts and after each of its progress units.</param>
    /// <param name="cancellationToken">Honoured between steps.</param>
    /// <exception cref="StageException">A stage failed.</exception>
    /// <exception cref="IOException">ffmpeg is missing, or the output cannot be written.</exception>
    public ClipManifest Render(
        StagePlan plan, Func<BlobRef, string> fileOf, string output, Action<RenderProgress>? progress,
        CancellationToken cancellationToken) =>
        Render(plan, fileOf, new RenderOutputs(output), progress, cancellationToken);

    /// <summary>Renders a clip and, if requested, other files; each appears only when complete.</summary>
    /// <param name="fileOf">Returns the file of an external input of the plan.</param>
    /// <param name="outputs">The files to write; existing ones are replaced.</param>
    /// <param name="progress">Called when a stage starts and after each of its progress units.</param>
    /// <param name="cancellationToken">Honoured between steps.</param>
    /// <returns>The manifest, which the clip also contains.</returns>
    /// <exception cref="StageException">A stage failed.</exception>
    /// <exception cref="IOException">ffmpeg is missing, or an output cannot be written.</exception>
    public ClipManifest Render(
        StagePlan plan, Func<BlobRef, string> fileOf, RenderOutputs outputs, Action<RenderProgress>? progress,
        CancellationToken cancellationToken)
    {
        OutputFile.RequireWritable(outputs.Clip);
        if (outputs.Audio is not null)
            OutputFile.RequireWritable(outputs.Audio);
        var origin = runner.Origin();
        using var run = new LocalRun(runner, plan, origin, outputs, FfmpegTools.Find(), progress, cancellationToken)
        {
            StageCompleted = StageCompleted,
        };
        run.Run(plan.ExternalInputs.ToDictionary(given => given.Key, given => fileOf(given.Value)));
        return run.Manifest();
    }
}
