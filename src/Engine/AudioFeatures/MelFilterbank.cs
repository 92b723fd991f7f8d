namespace MlxVideo.Engine.AudioFeatures;

/// <summary>Triangular filters of unit area on the mel scale of Slaney's Auditory Toolbox (docs/reference/vae.md, section 7).</summary>
internal static class MelFilterbank
{
    // Linear below 1 kHz (3 mel per 200 Hz), logarithmic above (27 mel per factor of 6.4).
    private const double HertzPerMel = 200.0 / 3;
    private const double LinearEnd = 1000;
    private const double LogFactor = 6.4;
    private const double LogMels = 27;

    /// <summary>Returns the weight of each frequency bin in each band: (bins, bands), row-major.</summary>
    /// <param name="bins">Number of frequency bins from 0 to half the sample rate.</param>
    /// <param name="bands">Number of filters.</param>
    /// <param name="sampleRate">In Hz.</param>
    /// <param name="lowest">Lower edge of the first filter in Hz.</param>
    /// <param name="highest">Upper edge of the last filter in Hz.</param>
    public static float[] Weights(int bins, int bands, int sampleRate, double lowest, double highest)
    {
        var (first, last) = (ToMel(lowest), ToMel(highest));
        var edges = Enumerable.Range(0, bands + 2).Select(edge => ToHertz(first + (last - first) * edge / (bands + 1))).ToArray();
        var weights = new float[bins * bands];
        for (var bin = 0; bin < bins; bin++)
        {
            var frequency = sampleRate / 2.0 * bin / (bins - 1);
            for (var band = 0; band < bands; band++)
            {
                var rising = (frequency - edges[band]) / (edges[band + 1] - edges[band]);
                var falling = (edges[band + 2] - frequency) / (edges[band + 2] - edges[band + 1]);
                weights[bin * bands + band] = (float)(Math.Max(0, Math.Min(rising, falling)) * 2 / (edges[band + 2] - edges[band]));
            }
        }

        return weights;
    }

    private static double ToMel(double hertz) => hertz < LinearEnd
        ? hertz / HertzPerMel
        : LinearEnd / HertzPerMel + Math.Log(hertz / LinearEnd) * LogMels / Math.Log(LogFactor);

    private static double ToHertz(double mel) => mel < LinearEnd / HertzPerMel
        ? mel * HertzPerMel
        : LinearEnd * Math.Exp((mel - LinearEnd / HertzPerMel) * Math.Log(LogFactor) / LogMels);
}
