using MlxVideo.Shared.Renders;

namespace MlxVideo.Simulation.Workloads;

/// <summary>Batches of clips for simulations.</summary>
public static class Workload
{
    private static readonly (int Width, int Height, int Frames)[] ShortClips = [(512, 512, 33), (768, 512, 33), (512, 320, 65)];
    private static readonly (int Width, int Height, int Frames)[] LongClips = [(1280, 704, 121), (1024, 576, 193), (768, 512, 257)];
    private static readonly (int Width, int Height, int Frames)[] MixedClips =
        [(768, 512, 121), (768, 512, 97), (512, 768, 121), (1024, 576, 121), (512, 512, 65), (768, 512, 161)];

    /// <summary>Names of the available mixes.</summary>
    public static readonly IReadOnlyList<string> Mixes = ["short", "mixed", "long", "guided"];

    /// <summary>Returns the clips of a mix, drawn with a seed. Every clip has a different prompt.</summary>
    public static IReadOnlyList<RenderSettings> Of(string mix, int clips, int seed)
    {
        var sizes = mix switch
        {
            "short" => ShortClips,
            "mixed" => MixedClips,
            "long" => LongClips,
            "guided" => MixedClips,
            _ => throw new ArgumentException($"Unknown mix of clips '{mix}': use one of {string.Join(", ", Mixes)}."),
        };
        var random = new Random(seed);
        return Enumerable.Range(1, clips).Select(row =>
        {
            var (width, height, frames) = sizes[random.Next(sizes.Length)];
            var pipeline = mix == "guided" ? PipelineKind.OneStage : PipelineKind.Distilled;
            return new RenderSettings
            {
                Prompt = $"clip {row}",
                Pipeline = pipeline,
                Width = width,
                Height = height,
                NumFrames = frames,
                Seed = row
            };
        }).ToList();
    }
}
