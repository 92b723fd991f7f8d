using MlxVideo.Engine.Stages;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Processes;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Rendering;

/// <summary>
/// Runs a whole plan in this process, stage after stage, with the executors that the farm's workers use. Artefacts live
/// in a temporary folder.
/// </summary>
public sealed class LocalRenderer(StageRunner runner)
{
    /// <summary>Renders a clip; <paramref name="output"/> appears only when it is whole.</summary>
    /// <param name="plan">The clip's plan.</param>
    /// <param name="fileOf">The files of what the plan was given.</param>
    /// <param name="output">The mp4 to write; one that exists is replaced.</param>
    /// <param name="progress">Told when a stage starts and after each of its steps.</param>
    /// <param name="cancellationToken">Honoured between steps.</param>
    /// <exception cref="StageException">A stage failed.</exception>
    /// <exception cref="IOException">ffmpeg is missing, or the output can't be written.</exception>
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
            Tell(new StageProgress(0, 1));
            foreach (var name in stage.Outputs)
                files[name] = name == plan.Clip ? output : Path.Combine(folder.Path, name);
            if (stage is MuxStage mux)
                muxer.Mux(mux, name => files[name], output, cancellationToken).GetAwaiter().GetResult();
            else
                runner.Run(stage, files, files, Tell, cancellationToken);

            void Tell(StageProgress reached) => progress?.Invoke(new RenderProgress(stage, place, plan.Stages.Count, reached));
        }
    }
}
