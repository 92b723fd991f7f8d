using MlxVideo.Media.Clips;

namespace MlxVideo.Media.Tests.Clips;

/// <summary>A moving gradient in which all frames differ.</summary>
internal sealed class TestFrames(int width, int height, int count) : IRgbFrames
{
    public int Width => width;

    public int Height => height;

    public int Count => count;

    public int MaxRead { get; private set; }

    public Action<int>? BeforeRead { get; init; }

    public void Read(int index, Span<byte> rgb)
    {
        BeforeRead?.Invoke(index);
        MaxRead = Math.Max(MaxRead, index);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var at = (y * width + x) * 3;
                rgb[at] = (byte)(x * 255 / width);
                rgb[at + 1] = (byte)(y * 255 / height);
                rgb[at + 2] = (byte)(index * 9 + x + y);
            }
        }
    }
}

/// <summary>Frames of one colour.</summary>
internal sealed class FlatFrames(int width, int height, int count, byte red, byte green, byte blue) : IRgbFrames
{
    public int Width => width;

    public int Height => height;

    public int Count => count;

    public void Read(int index, Span<byte> rgb)
    {
        for (var at = 0; at < rgb.Length; at += 3)
            (rgb[at], rgb[at + 1], rgb[at + 2]) = (red, green, blue);
    }
}
