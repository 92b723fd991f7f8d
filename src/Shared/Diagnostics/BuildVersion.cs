using System.Reflection;

namespace MlxVideo.Shared.Diagnostics;

/// <summary>The version of this program, with the commit that it was built from.</summary>
public static class BuildVersion
{
    private const int CommitDigits = 8;

    /// <summary>The version, such as <c>0.1.0+1a2b3c4d</c>; without a commit when it was not built in a repository.</summary>
    public static string Current { get; } = Shorten(
        typeof(BuildVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown");

    private static string Shorten(string version) =>
        version.IndexOf('+', StringComparison.Ordinal) is >= 0 and var plus && version.Length > plus + 1 + CommitDigits
            ? version[..(plus + 1 + CommitDigits)]
            : version;
}
