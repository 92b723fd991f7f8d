using System.Buffers;

namespace MlxVideo.Shared.Renders;

/// <summary>
/// Chains of ffmpeg's audio filters: <c>highpass=f=30,volume=0.8</c>. Only filters that process samples are accepted, and no character
/// with which a chain could name a file: a clip's settings come over the network, and other filters read and write files.
/// </summary>
public static class AudioFilterChain
{
    /// <summary>Maximum number of characters.</summary>
    public const int MaxLength = 1000;

    /// <summary>Name of <see cref="CleanChain"/> in options and cells.</summary>
    public const string CleanName = "clean";

    /// <summary>
    /// The predecessor's default: removes rumble, narrow bands of mains hum (50 and 60 Hz with harmonics) and broadband noise.
    /// </summary>
    public const string CleanChain = "highpass=f=30,"
        + "equalizer=f=50:t=q:w=50:g=-18,equalizer=f=60:t=q:w=50:g=-18,equalizer=f=100:t=q:w=50:g=-15,equalizer=f=120:t=q:w=50:g=-15,"
        + "equalizer=f=180:t=q:w=50:g=-12,afftdn=nr=24:nf=-45:tn=1:gs=10";

    private static readonly HashSet<string> Allowed = new(
    [
        "acompressor", "adeclick", "adeclip", "adelay", "adynamicequalizer", "adynamicsmooth", "aecho", "afade", "afftdn", "agate",
        "alimiter", "allpass", "anequalizer", "anlmdn", "anull", "apulsator", "asubboost", "asubcut", "asupercut", "asuperpass",
        "asuperstop", "atempo", "atilt", "bandpass", "bandreject", "bass", "biquad", "chorus", "compand", "crossfeed", "crystalizer",
        "deesser", "dialoguenhance", "dynaudnorm", "equalizer", "extrastereo", "flanger", "haas", "highpass", "highshelf", "loudnorm",
        "lowpass", "lowshelf", "mcompand", "pan", "speechnorm", "stereotools", "stereowiden", "superequalizer", "surround", "tiltshelf",
        "treble", "tremolo", "vibrato", "virtualbass", "volume",
    ], StringComparer.Ordinal);

    private static readonly SearchValues<char> AllowedCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789=:,.+-*()|<>&_ ");

    private static readonly HashSet<string> Off = new(["none", "off", "false", "0"], StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Reads a chain, <c>clean</c>, or <c>none</c> (also <c>off</c>, <c>false</c>, <c>0</c>), as options and cells write it.
    /// </summary>
    /// <param name="chain">The chain; empty for none.</param>
    public static string? Read(string text, out string chain)
    {
        text = text.Trim();
        chain = Off.Contains(text) ? "" : text.Equals(CleanName, StringComparison.OrdinalIgnoreCase) ? CleanChain : text;
        return Check(chain);
    }

    /// <summary>Checks a chain; returns the error in one sentence, or null.</summary>
    public static string? Check(string chain)
    {
        if (chain.Length == 0)
            return null;
        if (chain.Length > MaxLength)
            return $"The filter has {chain.Length} characters: shorten it to at most {MaxLength}.";
        if (chain.AsSpan().IndexOfAnyExcept(AllowedCharacters) is var place and >= 0)
            return $"The filter contains '{chain[place]}': use filters with plain values, separated by commas.";
        foreach (var filter in chain.Split(','))
        {
            var name = filter.Split('=')[0].Trim();
            if (!Allowed.Contains(name))
                return $"The filter '{name}' is not among those that a clip may use, which only process samples, such as volume=0.8, "
                    + "highpass=f=80 or afftdn=nr=12: remove it.";
            if (filter.Contains("file", StringComparison.OrdinalIgnoreCase))
                return $"The filter '{filter.Trim()}' names a file: remove this option.";
        }

        return null;
    }
}
