using System.CommandLine;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Workers;
using MlxVideo.Worker.Capabilities;

namespace MlxVideo.Worker.Hosting;

/// <summary>The command-line options behind <see cref="OwnerSettings"/>.</summary>
public sealed class OwnerOptions
{
    private const double BytesPerGigabit = 1e9 / 8;

    private readonly Option<double?> _link = NumberOption.OptionalDecimal(
        "--link",
        "Speed of the connection to the coordinator in Gbit/s; about 1 by default. Large inputs go to machines that fetch them fast.",
        NumberOption.AboveZero("Gbit/s"));

    private readonly Option<IReadOnlyList<string>> _tags = new("--tags")
    {
        Description = "Names, separated by commas, under which clips may ask for this worker.",
        DefaultValueFactory = _ => [],
        CustomParser = result =>
            result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct().ToList(),
    };

    private readonly Option<AllowedHours?> _hours = new("--hours")
    {
        Description = "When this machine may work, as 20:00-08:00 in its time zone; always by default.",
        CustomParser = result =>
        {
            try
            {
                return HoursText.Parse(result.Tokens[0].Value, TimeZoneInfo.Local.GetUtcOffset(DateTimeOffset.Now));
            }
            catch (FormatException ex)
            {
                result.AddError($"--hours: {ex.Message}");
                return null;
            }
        },
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_link);
        command.Add(_tags);
        command.Add(_hours);
    }

    /// <summary>What was given.</summary>
    public OwnerSettings Read(ParseResult parsed) => new(
        parsed.GetValue(_link) is { } gigabits ? gigabits * BytesPerGigabit : OwnerSettings.DefaultLinkBytesPerSecond,
        parsed.GetValue(_tags)!,
        parsed.GetValue(_hours));
}
