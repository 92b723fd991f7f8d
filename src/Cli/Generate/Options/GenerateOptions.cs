using System.CommandLine;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>All options of <c>generate</c>.</summary>
internal sealed class GenerateOptions
{
    /// <summary>The groups, in the order of the help. A group may depend on the values of those before it.</summary>
    private readonly IReadOnlyList<IRequestOptions> _groups;
    private readonly VariableDefaults _variables;

    /// <param name="environment">Environment variables, which determine the defaults of some options.</param>
    /// <param name="preset">The subcommand; null for <c>generate</c> itself.</param>
    public GenerateOptions(IReadOnlyDictionary<string, string> environment, Preset? preset = null)
    {
        _variables = new VariableDefaults(environment);
        var defaults = preset?.Defaults ?? new RenderSettings { Prompt = "" };
        IReadOnlyList<IRequestOptions> settings =
        [
            new ClipOptions(defaults),
            new EnhancementOptions(),
            new AudioOptions(_variables),
            new SamplingOptions(preset is null ? null : defaults.Pipeline, _variables),
            new ConditioningOptions(),
            new VideoOptions(),
            new EncodingOptions(_variables),
        ];
        _groups =
        [
            .. settings,
            new ModelOptions(_variables),
            new ReplayOptions(settings),
            new OutputOptions(_variables),
            new ReportingOptions(_variables),
            new MachineOptions(),
            new CompatibilityOptions(_variables),
        ];
    }

    /// <summary>The groups of the help.</summary>
    public IReadOnlyList<OptionGroup> Groups => [.. _groups.Select(options => options.Group)];

    /// <summary>Returns the request of a command line.</summary>
    /// <exception cref="UsageException">The request has errors; the message lists all of them, one per line.</exception>
    public GenerateRequest Read(ParseResult parsed)
    {
        var errors = new List<string>();
        var request = _groups.Aggregate(new GenerateRequest(), (request, options) => options.Apply(request, parsed, errors));
        request = WithFiles(request, errors);
        errors.InsertRange(
            0, RenderSettingsRules.Check(request.Settings).Select(error => $"--{error.Setting.Replace('_', '-')}: {error.Reason}"));
        return errors.Count == 0
            ? request with { Notices = [.. request.Notices, .. UnusedVariables()] }
            : throw new UsageException(string.Join('\n', errors));
    }

    /// <summary>Returns the request with the properties of its files in its settings.</summary>
    private static GenerateRequest WithFiles(GenerateRequest request, List<string> errors)
    {
        if (errors.Count > 0 || request.Inputs.Paths.Count == 0)
            return request;
        try
        {
            return request with
            {
                Settings = InputSettings.Describe(request.Settings, request.Inputs, new FileProbe(FfmpegTools.Find())),
            };
        }
        catch (InputException ex)
        {
            errors.Add($"--{ex.Setting.Replace('_', '-')}: {ex.Message}");
            return request;
        }
    }

    /// <summary>mlx-video takes further settings from variables with this prefix.</summary>
    private IEnumerable<string> UnusedVariables() =>
        from name in _variables.SetNames
        where name.StartsWith("LTX_", StringComparison.Ordinal) && !_variables.Names.Contains(name)
        orderby name
        select $"The variable {name} of mlx-video has no effect here.";
}
