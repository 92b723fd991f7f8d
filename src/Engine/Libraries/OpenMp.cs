using System.Runtime.InteropServices;

namespace MlxVideo.Engine.Libraries;

/// <summary>
/// libtorch's OpenMP runtime on macOS. libtorch refers to it by the absolute path of Homebrew's copy, so the system does not look at the
/// copy in libtorch's package. That copy has the same path as its install name: once it is loaded, the system takes it for Homebrew's.
/// </summary>
public static class OpenMp
{
    internal const string HomebrewFile = $"/opt/homebrew/opt/libomp/lib/{FileName}";

    private const string FileName = "libomp.dylib";

    private static readonly Lazy<string?> Problem = new(
        () => OperatingSystem.IsMacOS() ? Load(AppContext.BaseDirectory, File.Exists, path => NativeLibrary.TryLoad(path, out _)) : null);

    /// <summary>
    /// Loads the runtime on macOS, once per process. Every module that can use TorchSharp calls this before its first code runs
    /// (build/LoadOpenMp.cs). Does not throw, because commands that compute nothing must work without the runtime.
    /// </summary>
    public static void Load() => _ = Problem.Value;

    /// <summary>Ensures that libtorch can be loaded; called before the first computation of a command.</summary>
    /// <exception cref="FileNotFoundException">There is no usable OpenMP runtime on this Mac; the message is one sentence.</exception>
    public static void Require()
    {
        if (Problem.Value is { } problem)
            throw new FileNotFoundException(problem);
    }

    /// <summary>
    /// Loads the packaged runtime. Without it, libtorch finds Homebrew's. Returns the problem, in one sentence, if neither is usable.
    /// </summary>
    /// <param name="baseDirectory">The program's folder.</param>
    /// <param name="exists">Returns whether a file exists.</param>
    /// <param name="tryLoad">Loads a library; false if the system refuses it.</param>
    internal static string? Load(string baseDirectory, Func<string, bool> exists, Func<string, bool> tryLoad)
    {
        var packaged = PackagedFile(baseDirectory, exists);
        if ((packaged is not null && tryLoad(packaged)) || exists(HomebrewFile))
            return null;
        var problem = packaged is null
            ? $"{FileName}, which libtorch needs, is missing from {baseDirectory} and its subfolder {RuntimesFolder}"
            : $"macOS does not load {packaged}, which libtorch needs";
        return $"{problem}: build again, or install Homebrew's copy with 'brew install libomp'.";
    }

    /// <summary>Returns the path of the packaged runtime; null if it is missing.</summary>
    /// <param name="baseDirectory">The program's folder.</param>
    /// <param name="exists">Returns whether a file exists.</param>
    internal static string? PackagedFile(string baseDirectory, Func<string, bool> exists)
    {
        // A build for any platform keeps native libraries in a folder per platform; a build for one platform, next to the program.
        string[] candidates = [Path.Combine(baseDirectory, RuntimesFolder, FileName), Path.Combine(baseDirectory, FileName)];
        return candidates.FirstOrDefault(exists);
    }

    private static string RuntimesFolder => Path.Combine("runtimes", "osx-arm64", "native");
}
