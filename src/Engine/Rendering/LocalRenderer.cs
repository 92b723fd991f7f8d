using MlxVideo.Engine.Stages;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Processes;
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
    /// <param name="output">The mp4 file to write; an existing file is replaced.</param>
    /// <param name="progress">Called when a stage starts and after each of its progress units.</param>
    /// <param name="cancellationToken">Honoured between steps.</param>
    /// <exception cref="StageException">A stage failed.</exception>
    /// <exception cref="IOException">ffmpeg is missing, or the output cannot be written.</exception>
    public void Render(
        StagePlan plan, Func<BlobRef, string> fileOf, string output, Action<RenderProgress>? progress, CancellationToken cancellationToken)
    {
        OutputFile.RequireWritable(output);
        var muxer = new ClipMuxer(FfmpegTools.Find());
        using var folder = new TemporaryFolder("mlx-video-");
        var files = plan.ExternalInputs.ToDictionary(given => given.Key, given => fileOf(given.Value));
        for (var index = 0; index < plan.Stages.Count; index++)
        {
            var (stage, place) = (plan.Stages[index], index);
            cancellationToken.ThrowIfCancellationRequested();
            Report(new StageProgress(0, 1));
            foreach (var name in stage.Outputs)
                files[name] = name == plan.Clip ? output : Path.Combine(folder.Path, name);
            if (stage is MuxStage mux)
                muxer.MuxAsync(mux, name => files[name], output, cancellationToken).GetAwaiter().GetResult();
            else
                runner.Run(stage, files, files, Report, cancellationToken);
            StageCompleted?.Invoke(stage, [.. stage.Outputs.Select(name => files[name])]);

            void Report(StageProgress reached) => progress?.Invoke(new RenderProgress(stage, place, plan.Stages.Count, reached));
        }
    }
}
