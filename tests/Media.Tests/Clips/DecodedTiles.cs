using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;

namespace MlxVideo.Media.Tests.Clips;

/// <summary>Tiles of a clip as the decoder writes them, and the assembled clip for comparison.</summary>
internal sealed record DecodedTiles(MuxStage Stage, IReadOnlyList<string> Paths, byte[][] Frames)
{
    /// <summary>Returns the file of a tile by its name in the plan.</summary>
    public string PathOf(string name) => Paths[Stage.Tiles.ToList().IndexOf(name)];

    /// <summary>Writes the tiles of a random clip.</summary>
    public static DecodedTiles Write(string folder, RenderSettings settings, int seed = 1)
    {
        var random = new Random(seed);
        var plan = StagePlanner.Plan(settings with { Audio = false });
        var mux = plan.Stages.OfType<MuxStage>().Single();
        var size = RenderSize.For(settings);
        var pixels = size.Width * size.Height * 3;
        var sums = Enumerable.Range(0, settings.NumFrames).Select(_ => new float[pixels]).ToArray();
        var own = new byte[settings.NumFrames][];
        var paths = new List<string>();
        foreach (var stage in plan.Stages.OfType<DecodeVideoStage>())
        {
            var stop = stage.Tile.FrameStop;
            var head = Shared(stage.Tile.FrameStart, stage.Tile.FrameStart + stage.HeadFrames);
            var tail = Shared(stop - stage.TailFrames, stop);
            var frames = new List<byte>();
            for (var frame = stage.Tile.FrameStart + stage.HeadFrames; frame < stop - stage.TailFrames; frame++)
            {
                own[frame] = new byte[pixels];
                random.NextBytes(own[frame]);
                frames.AddRange(own[frame]);
            }

            var tensors =
                new List<TensorToWrite> { TensorToWrite.Of<byte>(
                    "frames", TensorDtype.U8, [frames.Count / pixels, size.Height, size.Width, 3], frames.ToArray()) };
            if (head.Length > 0)
                tensors.Add(TensorToWrite.Of<float>("head", TensorDtype.F32, [stage.HeadFrames, size.Height, size.Width, 3], head));
            if (tail.Length > 0)
                tensors.Add(TensorToWrite.Of<float>("tail", TensorDtype.F32, [stage.TailFrames, size.Height, size.Width, 3], tail));
            paths.Add(Path.Combine(folder, $"tile-{stage.Tile.Index}.safetensors"));
            SafetensorsWriter.Write(paths[^1], tensors);
        }

        return new DecodedTiles(mux, paths, sums.Select((sum, frame) => Crop(own[frame] ?? ToBytes(sum), size, settings)).ToArray());

        float[] Shared(int start, int stop)
        {
            var values = new List<float>();
            for (var frame = start; frame < stop; frame++)
            {
                for (var i = 0; i < pixels; i++)
                {
                    var value = random.NextSingle() * 1.4f - 0.7f; // some sums are outside −1 to 1
                    values.Add(value);
                    sums[frame][i] += value;
                }
            }

            return values.ToArray();
        }
    }

    private static byte[] ToBytes(float[] values) =>
        values.Select(value => (byte)MathF.Truncate(MathF.Min(MathF.Max((value + 1) / 2, 0), 1) * 255)).ToArray();

    private static byte[] Crop(byte[] frame, RenderSize size, RenderSettings settings) =>
        Enumerable.Range(size.CropTop, settings.Height)
            .SelectMany(row => frame.Skip((row * size.Width + size.CropLeft) * 3).Take(settings.Width * 3)).ToArray();
}
