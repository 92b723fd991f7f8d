using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Tests.Farm;

/// <summary>Batch views as returned by a coordinator.</summary>
internal static class Views
{
    public static BatchView Running(long version, params ClipView[] clips) =>
        new("b1", version, BatchState.Running, 1.5, ["worker-1"], clips);

    public static BatchView Ended(long version, params ClipView[] clips) =>
        new("b1", version, BatchState.Ended, 2.5, ["worker-1"], clips, "5c1f0e");

    public static ClipView Clip(int row, ClipState state, BlobRef? blob = null, string? error = null, params StageView[] stages) => new(
        row, $"clip-{row}.mp4",
        new RenderSettings { Prompt = $"prompt {row}", Width = 64, Height = 96, NumFrames = 9, Fps = 24, Seed = row }, state, error,
        ElapsedS: 1.25, Remaining: state == ClipState.Rendering ? new RemainingTime(3, 2.5, 4) : null, blob,
        blob is null ? null : "0123456789abcdef0123456789abcdef", stages);

    public static ClipView Finished(int row, BlobRef blob) =>
        Clip(row, ClipState.Finished, blob,
            stages: [
                new StageView("denoise-1", StageState.Done, "worker-1", 1, 8, 8, 0.5),
                new StageView("mux", StageState.Done, "coordinator", 1, 1, 1, 0.1)]);

    public static ClipView Rendering(int row, int step) =>
        Clip(row, ClipState.Rendering, stages: new StageView("denoise-1", StageState.Running, "worker-1", 1, step, 8, 0.5));
}
