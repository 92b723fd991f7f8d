using Microsoft.Extensions.Options;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cluster.Configuration;

/// <summary>A configuration that can't be used. The message says which key, why, and what to do.</summary>
public sealed class InvalidConfigurationException(string message, Exception? inner = null) : Exception(message, inner), IBadInput
{
    /// <summary>Runs an action, and turns errors of binding and validation into this exception.</summary>
    public static T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception ex) when (Describe(ex) is { } message)
        {
            throw new InvalidConfigurationException(message, ex);
        }
    }

    /// <summary>The sentence for an error of binding or validation; null for any other exception.</summary>
    public static string? Describe(Exception ex) => ex switch
    {
        InvalidConfigurationException => ex.Message,
        OptionsValidationException invalid => string.Join('\n', invalid.Failures),
        // The binder names the key and the type, or the unknown keys.
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } =>
            $"The configuration can't be used: {ex.Message} docs/configuration.md lists the keys and their values.",
        _ => null,
    };
}
