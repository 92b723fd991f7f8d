using System.ComponentModel.DataAnnotations;
using MlxVideo.Cluster.Configuration;

namespace MlxVideo.Cluster.Tests.Configuration;

public sealed class DaemonConfigurationTests : IDisposable
{
    private static readonly Dictionary<string, string?> NoArguments = [];

    private readonly string _folder = Directory.CreateTempSubdirectory("mlx-video-test-").FullName;

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("MLXVIDEO__SAMPLE__PERIOD", null);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Command_line_overrides_environment_and_environment_overrides_file()
    {
        Assert.Equal(TimeSpan.FromSeconds(1), Bind(NoArguments).Period);
        WriteFile("""{ "Sample": { "Period": "00:00:02", "Count": 5 } }""");
        Assert.Equal((TimeSpan.FromSeconds(2), 5), (Bind(NoArguments).Period, Bind(NoArguments).Count));
        Environment.SetEnvironmentVariable("MLXVIDEO__SAMPLE__PERIOD", "00:00:03");
        Assert.Equal(TimeSpan.FromSeconds(3), Bind(NoArguments).Period);
        var bound = Bind(new() { ["Sample:Period"] = "00:00:04" });
        Assert.Equal((TimeSpan.FromSeconds(4), 5), (bound.Period, bound.Count));
    }

    [Theory]
    [InlineData("""{ "Sample": { "Period": "00:10:00" } }""", "Sample:Period is 00:10:00; it must be between 00:00:01 and 00:01:00.")]
    [InlineData("""{ "Sample": { "Name": "" } }""", "Sample:Name is missing: use --name.")]
    [InlineData("""{ "Sample": { "Count": "many" } }""", "Sample:Count")]
    [InlineData("""{ "Sample": { "Perod": "00:00:02" } }""", "Perod")]
    [InlineData("""{ "Sample": """, "appsettings.json can't be read: ")]
    public void Invalid_configuration_is_reported_in_one_sentence_that_names_the_key(string json, string words)
    {
        WriteFile(json);
        var ex = Assert.Throws<InvalidConfigurationException>(() => Bind(NoArguments));
        Assert.Contains(words, ex.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', ex.Message);
    }

    private SampleOptions Bind(Dictionary<string, string?> arguments) =>
        DaemonConfiguration.Read(_folder, arguments).Bind<SampleOptions>("Sample");

    private void WriteFile(string json) => File.WriteAllText(Path.Combine(_folder, DaemonConfiguration.FileName), json);

    public sealed class SampleOptions
    {
        [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
        public TimeSpan Period { get; set; } = TimeSpan.FromSeconds(1);

        [Range(0, 10)]
        public int Count { get; set; }

        [Required(ErrorMessage = "use --name.")]
        public string Name { get; set; } = "name";
    }
}
