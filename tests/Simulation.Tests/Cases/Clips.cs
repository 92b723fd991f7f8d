using System.Globalization;
using MlxVideo.Farm.Commands;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Simulation.Tests.Cases;

/// <summary>Sample clips and batches.</summary>
internal static class Clips
{
    /// <summary>A clip without images: two denoise stages and one stage of every other kind.</summary>
    public static RenderSettings Small(int row) => new()
    {
        Prompt = string.Create(CultureInfo.InvariantCulture, $"clip {row}"),
        Width = 512,
        Height = 320,
        NumFrames = 33,
        Seed = row,
    };

    /// <summary>A batch of the given settings, in rows from 1.</summary>
    public static BatchRequest Batch(params RenderSettings[] clips) => Batch("token", 1, null, clips);

    /// <summary>A batch of small clips.</summary>
    public static BatchRequest Batch(int clips) => Batch(Enumerable.Range(1, clips).Select(Small).ToArray());

    /// <summary>A batch with the given constraints on every clip.</summary>
    public static BatchRequest Batch(string token, int firstRow, ClipConstraints? constraints, params RenderSettings[] clips) =>
        new(token, clips
        .Select((settings, index) =>
            new ClipRequest(firstRow + index, string.Create(CultureInfo.InvariantCulture, $"{firstRow + index}.mp4"), constraints
                ?? new ClipConstraints(), settings)).ToList());
}
