using Microsoft.Extensions.Options;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cluster.Configuration;

/// <summary>Thrown for an invalid configuration. The message names the key, the reason and the remedy.</summary>
public sealed class InvalidConfigurationException(string message, Exception? inner = null) : Exception(message, inner), IBadInput
{
    /// <summary>Runs an action and converts binding and validation errors to this exception.</summary>
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

    /// <summary>Returns the message for a binding or validation error; null for any other exception.</summary>
    public static string? Describe(Exception ex) => ex switch
    {
        InvalidConfigurationException => ex.Message,
        OptionsValidationException invalid => string.Join('\n', invalid.Failures),
        // The binder names the key and the type, or the unknown keys.
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } =>
            $"The configuration is invalid: {ex.Message} docs/configuration.md lists the keys and their values.",
        _ => null,
    };
}
