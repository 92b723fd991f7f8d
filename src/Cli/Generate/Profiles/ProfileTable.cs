using System.Globalization;

namespace MlxVideo.Cli.Generate.Profiles;

/// <summary>Prints a profile.</summary>
internal static class ProfileTable
{
    /// <summary>Writes the phases, the longest first, with their shares of the time.</summary>
    public static void Write(RenderProfile profile, TextWriter output)
    {
        foreach (var (phase, seconds) in profile.PhaseSeconds.OrderByDescending(phase => phase.Value))
            output.WriteLine(Row(phase, seconds, string.Create(CultureInfo.InvariantCulture, $" ({seconds / profile.ElapsedSeconds:P1})")));
        output.WriteLine(Row("total", profile.ElapsedSeconds, ""));
        output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{"memory peak",20}: {profile.PeakMemory,8:0.00} GiB"));
    }

    private static string Row(string name, double seconds, string share) =>
        string.Create(CultureInfo.InvariantCulture, $"{name,20}: {seconds,8:0.00} s{share}");
}
