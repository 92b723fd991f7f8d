using System.CommandLine;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Text;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>What is reported while the clip is rendered, and afterwards.</summary>
internal sealed class ReportingOptions(VariableDefaults variables) : IRequestOptions
{
    private const string Auto = "auto";
    private const int UsualEchoInterval = 12;

    private readonly Option<bool> _profile = new("--profile") { Description = "Print the time of each phase and the memory peak." };
    private readonly Option<string?> _profileJson = new("--profile-json")
    {
        Description = "Also write them to a JSON file: by default next to the clip, with the extension .profile.json.",
        HelpName = "PATH",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _memoryLog = new("--mem-log") { Description = "Print the memory in use after each stage." };
    private readonly Option<bool> _debug = variables.ApplySwitch(
        new("--debug") { Description = "Print the shape, type and range of each stage's results." }, "LTX_DEBUG");

    /// <inheritdoc/>
    public OptionGroup Group => new("Reports", _profile, _profileJson, _memoryLog, _debug);

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors) => request with
    {
        Reporting = new ReportingSettings
        {
            Profile = parsed.GetValue(_profile) || ProfileFile(request, parsed) is not null,
            ProfileFile = ProfileFile(request, parsed),
            MemoryLog = parsed.GetValue(_memoryLog),
            Statistics = parsed.GetValue(_debug),
            Events = variables.Read("MLX_VIDEO_UI_JSON") == "1",
            Echo = Echo(errors),
        },
    };

    private string? ProfileFile(GenerateRequest request, ParseResult parsed) =>
        parsed.GetResult(_profileJson) is not { Implicit: false } ? null
        : parsed.GetValue(_profileJson) is { } path and not Auto ? Path.GetFullPath(path)
        : Path.ChangeExtension(request.Output, ".profile.json");

    private EchoIntervals? Echo(ICollection<string> errors)
    {
        var usual = Interval("MLX_VIDEO_PROGRESS_ECHO_EVERY", UsualEchoInterval);
        var (denoise, decode) = (Interval("MLX_VIDEO_DENOISE_ECHO_EVERY", usual), Interval("MLX_VIDEO_DECODE_ECHO_EVERY", usual));
        return variables.Read("MLX_VIDEO_PROGRESS_ECHO") == "1" ? new EchoIntervals(denoise, decode) : null;

        int Interval(string variable, int unset)
        {
            if (variables.Read(variable) is not { } text)
                return unset;
            var reason = NumberText.ReadWhole(text, out var value) ?? NumberOption.Between(1, int.MaxValue)(value);
            if (reason is not null)
                errors.Add($"{variable}: {reason}");
            return reason is null ? (int)value : unset;
        }
    }
}
