namespace MlxVideo.Engine.Models;

/// <summary>
/// The folder for files that can be regenerated: <c>XDG_CACHE_HOME</c> or <c>~/.cache</c>, on a Mac <c>~/Library/Caches</c>.
/// </summary>
public static class UserCache
{
    /// <summary>Returns the path of this application's folder with the given name; does not create it.</summary>
    public static string Folder(string name) => Path.Combine(Root, "mlx-video", name);

    private static string Root
    {
        get
        {
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
            if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } chosen)
                return chosen;
            if (OperatingSystem.IsMacOS())
                return Path.Combine(home, "Library", "Caches");
            return OperatingSystem.IsWindows()
                ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify)
                : Path.Combine(home, ".cache");
        }
    }
}
