using MlxVideo.Engine.Adapters;
using MlxVideo.Shared.Text;

namespace MlxVideo.Cli.Generate.Requests;

/// <summary>Parser for <c>--lora PATH [STRENGTH]</c>.</summary>
public static class AdapterArguments
{
    /// <summary>
    /// Parses the values of all <c>--lora</c> options in order. A number is the strength (1 by default) of the preceding file; a file named
    /// <c>2</c> is written <c>./2</c>.
    /// </summary>
    /// <param name="error">The error in one sentence; null when there is none.</param>
    public static IReadOnlyList<AdapterFile> Read(IReadOnlyList<string> values, out string? error)
    {
        error = null;
        var adapters = new List<AdapterFile>();
        var strengthIsGiven = true;
        foreach (var value in values)
        {
            var notANumber = NumberText.ReadDecimal(value, out var strength);
            if (notANumber is not null && !NumberText.LooksLikeNumber(value))
            {
                adapters.Add(new AdapterFile(value, 1));
                strengthIsGiven = false;
                continue;
            }

            if (notANumber is not null || strengthIsGiven)
            {
                error = notANumber is not null
                    ? $"--lora: {notANumber}"
                    : $"--lora {string.Join(' ', values)}: use PATH or PATH STRENGTH, for example style.safetensors 0.8; "
                        + $"use ./{value} for a file with this name.";
                return [];
            }

            adapters[^1] = adapters[^1] with { Strength = strength };
            strengthIsGiven = true;
        }

        return adapters;
    }
}
