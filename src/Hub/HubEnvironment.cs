namespace MlxVideo.Hub;

/// <summary>The user's settings for the hub, from the environment variables that all programs for the Hugging Face hub share.</summary>
/// <param name="Endpoint">Address of the hub, without a trailing slash.</param>
/// <param name="Token">Access token; null for anonymous access.</param>
/// <param name="CacheFolder">Folder with one subfolder per repository.</param>
public sealed record HubEnvironment(string Endpoint, string? Token, string CacheFolder)
{
    /// <summary>Address of the public hub.</summary>
    public const string PublicEndpoint = "https://huggingface.co";

    /// <summary>Reads the settings of this process.</summary>
    /// <exception cref="HubException"><c>HF_ENDPOINT</c> is not a web address.</exception>
    public static HubEnvironment OfUser() => Read(Environment.GetEnvironmentVariable);

    /// <summary>Reads the settings.</summary>
    /// <param name="variable">Returns the value of an environment variable; null when it is not set.</param>
    /// <exception cref="HubException"><c>HF_ENDPOINT</c> is not a web address.</exception>
    public static HubEnvironment Read(Func<string, string?> variable)
    {
        var userFolder = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        var caches = First("XDG_CACHE_HOME") ?? Path.Combine(userFolder, ".cache");
        var home = First("HF_HOME") ?? Path.Combine(caches, "huggingface");
        var endpoint = First("HF_ENDPOINT") ?? PublicEndpoint;
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new HubException($"HF_ENDPOINT '{endpoint}' is not a web address; set it to {PublicEndpoint}, for example, or unset it.");
        return new HubEnvironment(
            endpoint.TrimEnd('/'),
            First("HF_TOKEN", "HUGGINGFACE_HUB_TOKEN") ?? TokenIn(First("HF_TOKEN_PATH") ?? Path.Combine(home, "token")),
            Path.GetFullPath(First("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub")));

        string? First(params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
            {
                if (variable(name)?.Trim() is { Length: > 0 } value)
                    return value;
            }

            return null;
        }
    }

    private static string? TokenIn(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            return null; // public repositories need no token, and the hub says when one is missing
        }
    }
}
