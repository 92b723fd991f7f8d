namespace MlxVideo.Worker.Capabilities;

/// <summary>Measures matrix products, which take nearly all the time of a stage, in well under a second.</summary>
public static class MatrixBenchmark
{
    private const int SmallestSize = 512;
    private const int LargestSize = 4096;
    private const int Samples = 3;

    // Doubling the size takes eight times as long: a size that takes this long is large enough.
    private const double LongEnoughSeconds = 0.03;

    /// <summary>Returns the throughput in 10¹² operations per second.</summary>
    /// <param name="secondsOfProduct">Multiplies two square matrices with the given number of rows; returns the time in seconds.</param>
    public static double TeraflopsPerSecond(Func<int, double> secondsOfProduct)
    {
        var size = SmallestSize;
        while (WarmSeconds(secondsOfProduct, size) < LongEnoughSeconds && size < LargestSize)
            size *= 2;
        var median = Enumerable.Range(0, Samples).Select(_ => secondsOfProduct(size)).Order().ElementAt(Samples / 2);
        return 2 * Math.Pow(size, 3) / Math.Max(median, 1e-9) / 1e12;
    }

    /// <summary>Returns the time of a second product; the first of a size may include memory allocation or kernel compilation.</summary>
    private static double WarmSeconds(Func<int, double> secondsOfProduct, int size)
    {
        secondsOfProduct(size);
        return secondsOfProduct(size);
    }
}
