using MlxVideo.Cli;
using MlxVideo.Engine.Diagnostics;

return SelfTestChild.IsRequested(args) ? SelfTestChild.Run(args) : await CommandLine.RunAsync(args);
