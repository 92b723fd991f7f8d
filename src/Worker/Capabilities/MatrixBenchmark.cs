namespace MlxVideo.Worker.Capabilities;

/// <summary>How fast a device multiplies matrices, in well under a second: what nearly all time of a stage goes into.</summary>
public static class MatrixBenchmark
{
    private const int SmallestSize = 512;
    private const int LargestSize = 4096;
    private const int Samples = 3;

    // Twice the size takes eight times as long: what is slower than this is large enough.
    private const double LongEnoughSeconds = 0.03;

    /// <summary>10¹² operations a second.</summary>
    /// <param name="secondsOfProduct">Multiplies two square matrices with so many rows and says how long it took.</param>
    public static double TeraflopsPerSecond(Func<int, double> secondsOfProduct)
    {
        var size = SmallestSize;
        while (WarmSeconds(secondsOfProduct, size) < LongEnoughSeconds && size < LargestSize)
            size *= 2;
        var median = Enumerable.Range(0, Samples).Select(_ => secondsOfProduct(size)).Order().ElementAt(Samples / 2);
        return 2 * Math.Pow(size, 3) / Math.Max(median, 1e-9) / 1e12;
    }

    /// <summary>The first product of a size may wait for memory, or for the device's code to be compiled.</summary>
    private static double WarmSeconds(Func<int, double> secondsOfProduct, int size)
    {
        secondsOfProduct(size);
        return secondsOfProduct(size);
    }
}
